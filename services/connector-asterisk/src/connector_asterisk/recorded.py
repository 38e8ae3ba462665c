"""A recording in place of a connection (the Messaging Service's filePath): for looking into what a site has seen."""

import asyncio
from datetime import timedelta
from pathlib import Path

import structlog
from cti_connector.asked import Told
from cti_connector.link import Listener, now
from cti_connector.recorder import recorded
from cti_connector.session import Turn
from cti_model.commands import CommandRequest, CommandResult, ErrorCode, failed

from connector_asterisk.picture import Picture
from connector_asterisk.session import decoder_of
from connector_asterisk.translate import SETTLE

_log = structlog.get_logger(__name__)


class RecordedSource:
    """Implements `cti_connector.host.Source`: plays a recording once, at its own pace, as if it happened now.

    Calls that the recording does not end stay open: nobody can be asked what became of them.
    """

    def __init__(self, path: Path, picture: Picture, listener: Listener) -> None:
        self._path = path
        self._picture = picture
        self._listener = listener

    def problem(self) -> str | None:
        """None: a file has no link."""
        return None

    async def command(self, request: CommandRequest, told: Told | None = None) -> CommandResult:
        """Nobody is there to do anything."""
        return failed(request, ErrorCode.NOT_CONNECTED, "a recording is read in place of a connection")

    async def run(self) -> None:
        """Play it, then wait until cancelled. Raises `BadRecording`."""
        decoder, loop = decoder_of(self._picture.state.reading), asyncio.get_running_loop()
        began, first = loop.time(), None
        for seconds, data in recorded(self._path):
            first = seconds if first is None else first
            await asyncio.sleep(max(0.0, began + seconds - first - loop.time()))
            turn, at = Turn(), now()
            for frame in decoder.feed(data):
                self._picture.take(frame, at, turn)
            self._tell(turn)
        turn = Turn()
        self._picture.quiet(now() + 2 * SETTLE + timedelta(seconds=1), turn)
        self._tell(turn)
        _log.info("the recording is at its end", path=str(self._path))
        await asyncio.Event().wait()

    def _tell(self, turn: Turn) -> None:
        self._listener.events(turn.events)
        self._listener.agents(turn.agents)
