"""Recordings of talks: Oktell's own journal of calls has their links, and is asked for them when a talk is over.

`getpbxcalljournal` with the chain, and `recordlink` in its rows, are what another client of Oktell's sends and reads;
when a row is there after a talk is not known, so it is asked thrice.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from cti_model.events import CallEvent, RecordingStored

from connector_oktell.translate.state import Desk, State
from connector_oktell.translate.turn import Turn
from connector_oktell.wire import Frame, rows, text

JOURNAL: Final = "getpbxcalljournal"
_AGAIN: Final = (timedelta(seconds=15), timedelta(minutes=2))
_MOST: Final = 64  # rows of one chain that are looked at


def records_due(desk: Desk, at: datetime) -> Iterator[tuple[int, dict[str, Any]]]:
    """The questions to be asked now, each with the number by which `records_found` knows it."""
    for number, wanted in desk.wanted.items():
        if wanted.at is not None and wanted.at <= at:
            wanted.at = None
            yield number, {"filter": {"idchain": wanted.chain, "showcallcenter": True}}


def records_found(state: State, desk: Desk, number: int, answer: Frame, at: datetime) -> list[CallEvent]:
    """What an answer says: the recordings of the call that were not told yet."""
    wanted = desk.wanted.get(number)
    if wanted is None:
        return []
    turn, box = Turn(state, at, at), wanted.box
    listed = rows(answer.fields, "data") if answer.ok else []
    links = [link for each in listed[:_MOST] if (link := text(each, "recordlink"))]
    for link in links:
        if link not in box.recordings:
            box.recordings.add(link)
            turn.say(box, RecordingStored(connection_id=wanted.connection_id, recording_id=link, location=link))
    if links or wanted.tries >= len(_AGAIN):
        del desk.wanted[number]
    else:
        wanted.at, wanted.tries = at + _AGAIN[wanted.tries], wanted.tries + 1
        desk.polls.ask(wanted.at)
    return turn.told
