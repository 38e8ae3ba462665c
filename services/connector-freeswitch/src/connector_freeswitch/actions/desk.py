"""Commands as background jobs (`bgapi`), each named by us; `BACKGROUND_JOB` tells its end: `+OK …` or `-ERR …`."""

from typing import Final

from cti_connector.session import Turn
from cti_freeswitch.desk import Desk
from cti_freeswitch.event import Event
from cti_model.commands import CommandRefused, ErrorCode

from connector_freeswitch.wire import UnsafeValue, background

_MARK: Final = "trunkline-"


def desk() -> Desk[str]:
    """Carries out plans whose steps are API commands."""
    return Desk(_job)


def job_ended(at: Desk[str], event: Event, turn: Turn) -> None:
    """A background job ended; those of others are none of ours."""
    number, step = _number_in(event.get("Job-UUID"))
    said = event.get("_body").strip()
    at.answered(number, step, not said.startswith(("-ERR", "-USAGE")), said, turn)


def _job(number: int, step: int, command: str) -> bytes:
    try:
        return background(command, f"{_MARK}{number}-{step}")
    except UnsafeValue as error:
        raise CommandRefused(ErrorCode.BAD_REQUEST, str(error)) from error


def _number_in(job: str) -> tuple[int, int]:
    number, _, step = job.removeprefix(_MARK).partition("-")
    if job.startswith(_MARK) and number.isdecimal() and step.isdecimal():
        return int(number), int(step)
    return -1, -1
