"""The pure pipeline over a recording: what `trunkline replay oktell` prints. No servers, no clock of its own."""

from collections.abc import Iterator
from datetime import timedelta

from cti_connector.replaying import Because, Chunks, printed
from cti_model.events import CallEvent

from connector_oktell.recording import Recorded, recorded
from connector_oktell.translate import State, hear, numbers, take_line, tick
from connector_oktell.translate.ending import LINGER
from connector_oktell.wire import EVENTS, rows, text

_LINE = "getextendedlineinfo"


def replay(chunks: Chunks, emit: str) -> Iterator[bytes]:
    """JSON lines for a recording; see `printed`."""
    return printed(((event, _shown(because)) for event, because in told(chunks)), emit)


def told(chunks: Chunks) -> Iterator[tuple[CallEvent, Recorded | None]]:
    """The call events of a recording, each with the frame that told it; None where time alone did.

    What our own commands did is not in a recording: who ended a call is then unknown.
    """
    state = State("replay", "oktell")
    last: Recorded | None = None
    for each in recorded(chunks):
        last = each
        for event in tick(state, each.at):
            yield event, None
        desk = state.desk(each.device)
        desk.heard_at = each.at
        for event in _meaning(state, each):
            yield event, each
    if last is not None:
        at = last.at + 2 * LINGER + timedelta(seconds=1)
        for event in (*tick(state, at), *tick(state, at + 2 * LINGER)):
            yield event, None


def _meaning(state: State, each: Recorded) -> list[CallEvent]:
    desk, frame = state.desk(each.device), each.frame
    if each.method == "getmyuserinfo":
        desk.name = text(frame.fields, "username") or desk.name
    elif frame.name == "pbxnumberstatechanged" or each.method == "getpbxnumbers":
        if not state.tells_numbers(each.device, each.at):
            return []
        return numbers(state, rows(frame.fields, "numbers"), each.at)
    elif each.method == _LINE:
        return take_line(state, desk, frame, each.at)[0]
    elif not each.method and frame.name in EVENTS:
        return hear(state, desk, frame, each.at)
    return []


def _shown(because: Recorded | None) -> Because:
    if because is None:
        return None
    shown = {name: value for name, value in because.frame.fields.items() if name not in _HIDDEN}
    return {"number": because.number, "operator": because.device, "name": because.frame.name, **shown}


_HIDDEN = ("sessionid", "qid", "number", "name")
