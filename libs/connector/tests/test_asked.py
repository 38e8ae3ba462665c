"""Commands at work on one connection: answered, late, lost, cancelled."""

import asyncio
from datetime import UTC, datetime

import pytest
from cti_connector.asked import Asked
from cti_connector.session import Turn
from cti_model.calls import Command
from cti_model.commands import CommandOutcome, CommandRefused, CommandRequest, CommandResult, ErrorCode, unknown

AT = datetime(2026, 11, 20, tzinfo=UTC)
CLEAR = CommandRequest(command_id="c", verb=Command.CLEAR, device="101", connection_id="k", deadline_s=0.5)
SENT = CommandResult(command_id="c", outcome=CommandOutcome.SENT)
OBSERVED = CommandResult(command_id="c", outcome=CommandOutcome.OBSERVED)


class Session:
    """Remembers what it was asked, and refuses when told to."""

    def __init__(self, refuses: CommandRefused | None = None) -> None:
        self.refuses = refuses
        self.given_up: list[int] = []

    def command(self, request: CommandRequest, number: int, at: datetime) -> Turn:
        if self.refuses is not None:
            raise self.refuses
        return Turn(send=b"hang up", results=[(number, SENT)])

    def give_up(self, number: int) -> CommandResult:
        self.given_up.append(number)
        return unknown(CLEAR, "given up")


def asking(session: Session):
    """The commands of a connection, what they write and what they tell."""
    asked, written, told = Asked(session), [], []
    task = asyncio.create_task(asked.ask(CLEAR, told.append, written.append, AT))
    return asked, task, written, told


async def test_an_answered_command():
    session = Session()
    asked, task, written, told = asking(session)
    await asyncio.sleep(0)
    asked.answered([(1, OBSERVED), (7, OBSERVED)])
    assert await task == OBSERVED
    assert (written, told) == ([b"hang up"], [SENT, OBSERVED])
    assert session.given_up == []


async def test_a_refused_one_writes_nothing():
    _, task, written, told = asking(Session(CommandRefused(ErrorCode.WRONG_STATE, "not now")))
    result = await task
    assert (result.outcome, result.error, result.message) == (CommandOutcome.FAILED, ErrorCode.WRONG_STATE, "not now")
    assert (written, told) == ([], [])


async def test_a_late_one_is_given_up_once_and_its_answer_dropped():
    session = Session()
    asked, task, _, told = asking(session)
    assert (await task).outcome is CommandOutcome.UNKNOWN
    asked.answered([(1, OBSERVED)])
    assert (session.given_up, told) == ([1], [SENT])


async def test_a_lost_connection_ends_all():
    session = Session()
    asked, task, _, _ = asking(session)
    await asyncio.sleep(0)
    asked.give_up_all()
    asked.give_up_all()
    assert (await task).outcome is CommandOutcome.UNKNOWN
    assert session.given_up == [1]


async def test_one_that_nobody_wants_any_more_is_given_up():
    session = Session()
    _, task, _, _ = asking(session)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert session.given_up == [1]


async def test_one_that_is_answered_and_cancelled_at_once_is_not_given_up():
    session = Session()
    asked, task, _, _ = asking(session)
    await asyncio.sleep(0)
    asked.answered([(1, OBSERVED)])
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert session.given_up == []
