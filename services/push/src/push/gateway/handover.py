"""From replay to live."""

from cti_model.view import UserUpdate

from push.gateway.closing import Close, SessionClosed
from push.gateway.coding import Told


class Handover:
    """Replay to live without a gap or a repeat: lets through exactly the successor of what was told last.

    The mailbox was opened before the snapshot was read, so what the snapshot has may come again: dropped. A version
    that is not the next one, or another epoch, can't be mended here: the client resumes.
    """

    def __init__(self, epoch: str, version: int) -> None:
        self._epoch = epoch
        self._version = version

    def admit(self, update: UserUpdate | Told) -> bool:
        """Whether to tell this update. Raises `SessionClosed` (resume) on a gap or another history."""
        if update.epoch != self._epoch:
            raise SessionClosed(Close.RESUME, "your history began anew: reconnect")
        if update.version <= self._version:
            return False
        if update.version != self._version + 1:
            raise SessionClosed(Close.RESUME, "an update is missing: reconnect and resume")
        self._version = update.version
        return True
