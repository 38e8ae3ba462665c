"""Commands at work without I/O: what cannot come any more, and what may not go out, ends the command alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from cti_connector.session import Turn
from cti_connector.sight import InVain, Seen, Sight, becomes, needs, parked, taken
from cti_connector.works import Work, Works
from cti_model.calls import Call, Command, Connection, ConnectionState, Device, DeviceKind, Direction
from cti_model.commands import CommandOutcome, CommandRefused, CommandRequest, CommandResult, ErrorCode
from cti_model.events import Origin, Parked
from cti_model.fold import born, tell
from msgspec.structs import replace

AT = datetime(2026, 11, 20, tzinfo=UTC)
REQUEST = CommandRequest(command_id="c", verb=Command.HOLD, device="101", connection_id="k")


@dataclass
class Plan:
    steps: Sequence[str] = ("hold",)
    seen: Seen | None = None
    refused: Callable[[], None] | None = None
    harmless: Sequence[str] = ()


@dataclass
class Box:
    call: Call


class Leg:
    """A leg that the test moves from state to state."""

    def __init__(self) -> None:
        self.connection_id = "k"
        self.picked_up = False
        self.box = Box(born("call", "t", "p", AT, "n"))
        self.connection: Connection | None = Connection(
            connection_id="k",
            device=Device("101", DeviceKind.EXTENSION),
            state=ConnectionState.CONNECTED,
            direction=Direction.IN,
            started_at=AT,
            changed_at=AT,
        )

    def comes_to(self, state: ConnectionState) -> None:
        assert self.connection is not None
        over = AT if state is ConnectionState.NULL else None
        self.connection = replace(self.connection, state=state, ended_at=over)


def written(number: int, work: Work[Plan]) -> bytes:
    step = work.plan.steps[work.step]
    if step == "unsafe":
        raise CommandRefused(ErrorCode.BAD_REQUEST, "a line break")
    return step.encode()


def begun(plan: Plan) -> tuple[Works[Plan], Turn]:
    works, turn = Works[Plan]("The PBX", written, "s-"), Turn()
    works.begin(1, REQUEST, plan, turn)
    assert turn.send == b"hold"
    return works, Turn()


def end_of(turn: Turn) -> CommandResult:
    ((number, result),) = turn.results
    assert number == 1
    return result


def test_what_cannot_come_any_more_fails_at_once_and_is_taken_back():
    leg, undone = Leg(), []
    works, turn = begun(Plan(seen=becomes(leg, ConnectionState.HELD), refused=lambda: undone.append(True)))
    works.look(turn)
    assert turn.results == []
    leg.comes_to(ConnectionState.NULL)
    works.look(turn)
    assert (end_of(turn).outcome, end_of(turn).error) == (CommandOutcome.FAILED, ErrorCode.NO_EFFECT)
    assert undone == [True]
    assert works.named("s-1-0") is None, "an answer that comes now is of no command"


def test_a_state_that_is_reached_counts_whatever_comes_after():
    leg = Leg()
    works, turn = begun(Plan(seen=becomes(leg, ConnectionState.HELD)))
    leg.comes_to(ConnectionState.HELD)
    works.look(turn)
    assert end_of(turn).outcome is CommandOutcome.OBSERVED


@pytest.mark.parametrize("gone", [ConnectionState.NULL, None])
def test_who_rings_no_more_can_not_be_picked_up(gone: ConnectionState | None):
    leg = Leg()
    look = taken(leg)
    leg.comes_to(ConnectionState.ALERTING)
    assert look(()) is None
    leg.picked_up = True
    assert look(()) == Sight(call_id="call")
    leg.picked_up = False
    if gone is None:
        leg.connection = None
    else:
        leg.comes_to(gone)
    with pytest.raises(InVain):
        look(())


def test_what_needs_a_leg_is_in_vain_when_that_has_ended_and_was_not_when_it_was_seen_before():
    here, there, seen = Leg(), Leg(), []
    look = needs((here, there), lambda _: seen[-1] if seen else None)
    assert look(()) is None
    there.comes_to(ConnectionState.NULL)
    with pytest.raises(InVain):
        look(())
    seen.append(Sight(call_id="call"))
    assert look(()) == seen[-1]


def test_who_hung_up_can_not_be_parked():
    leg = Leg()
    look = parked(leg)
    told = tell(leg.box.call, Parked(connection_id="k", slot="701"), AT, AT, Origin.OBSERVED, (), (None, None))
    assert look((told,)) == Sight("call", "k", details={"slot": "701"})
    assert look(()) is None
    leg.connection = None
    with pytest.raises(InVain):
        look(())


def test_a_later_step_that_may_not_go_out_ends_the_command_and_not_the_link():
    works, turn = begun(Plan(("hold", "unsafe", "never")))
    found = works.named("s-1-0")
    assert found is not None
    works.advance(1, found[2], turn)
    assert (end_of(turn).error, turn.send) == (ErrorCode.BAD_REQUEST, b"")
    assert end_of(turn).message == "a line break (after 1 of 3 steps)"


def test_what_is_in_vain_before_its_last_step_sends_no_more():
    leg, asked = Leg(), []
    plan = Plan(("hold", "call"), seen=needs((leg,), lambda _: None), refused=lambda: asked.append("back"))
    works, turn = begun(plan)
    found = works.named("s-1-0")
    assert found is not None
    leg.comes_to(ConnectionState.NULL)
    works.advance(1, found[2], turn)  # the answer came with the end of the leg, before anybody looked
    assert (end_of(turn).error, turn.send, asked) == (ErrorCode.NO_EFFECT, b"", ["back"])
    leg.comes_to(ConnectionState.CONNECTED)
    works, turn = begun(plan)
    leg.comes_to(ConnectionState.NULL)
    works.look(turn)  # while the answer to the first step is out
    assert end_of(turn).error is ErrorCode.NO_EFFECT


def test_an_effect_before_the_last_step_is_not_that_of_the_command():
    works, turn = begun(Plan(("hold", "call"), seen=lambda _: Sight(call_id="another")))
    works.look(turn)
    assert turn.results == []
    found = works.named("s-1-0")
    assert found is not None
    works.advance(1, found[2], turn)
    assert turn.send == b"call"
    works.look(turn)
    assert end_of(turn).call_id == "another"
