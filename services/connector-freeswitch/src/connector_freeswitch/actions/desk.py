"""Commands as background jobs (`bgapi`), each named by us; `BACKGROUND_JOB` tells its end: `+OK …` or `-ERR …`."""

from collections.abc import Callable

from cti_connector.session import Turn
from cti_freeswitch.desk import Desk
from cti_freeswitch.event import Event
from cti_model.commands import CommandRefused, ErrorCode

from connector_freeswitch.wire import UnsafeValue, background


def desk(asked: Callable[[str], None]) -> Desk[str]:
    """Carries out plans whose steps are API commands. `asked` hears the name of each job as it is written."""

    def job(name: str, command: str) -> bytes:
        data = _job(name, command)
        asked(name)
        return data

    return Desk(job, "trunkline-")


def job_ended(at: Desk[str], event: Event, turn: Turn) -> None:
    """A background job ended; those of others are none of ours."""
    said = event.get("_body").strip()
    at.answered(event.get("Job-UUID"), not said.startswith(("-ERR", "-USAGE")), said, turn)


def _job(name: str, command: str) -> bytes:
    try:
        return background(command, name)
    except UnsafeValue as error:
        raise CommandRefused(ErrorCode.BAD_REQUEST, str(error)) from error
