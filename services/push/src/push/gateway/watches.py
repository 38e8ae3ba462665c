"""What one session watches beside its own calls, within what its token allows: users, and queues that serve them."""

from datetime import datetime

from cti_bus import BusClosed, NoAnswer
from cti_runtime.auth import Identity

from push.gateway.coding import Encoded
from push.gateway.frames import ErrorFrame, QueuesFrame, Watch, WatchedFrame
from push.gateway.history import History
from push.gateway.hub import Hub, Mailbox, Passing
from push.gateway.queues import QueueWatch
from push.gateway.rights import may_watch, team_of
from push.gateway.watching import Watching
from push.projector.step import usable


class Watches:
    """One session's watch; nobody at first."""

    def __init__(self, hub: Hub, history: History, mailbox: Mailbox, own: str) -> None:
        self._users = Watching(hub, history, mailbox, own)
        self._queues = QueueWatch(hub.queues, mailbox.wake)

    @property
    def due(self) -> float:
        """When there is something to tell of queues, by the loop's clock."""
        return self._queues.due

    async def watch(self, identity: Identity, frame: Watch) -> ErrorFrame | None:
        """Watch what a client asks for instead of what was watched before; what to answer when that may not be or
        cannot be. What may not be changes nothing; where the stream cannot be reached nobody is watched afterwards.
        """
        users = team_of(identity) if frame.all else frozenset(frame.users)
        if not all(map(usable, users or ())):
            return ErrorFrame(code="bad_frame", message="users: an id may hold no dot, space, * or >")
        if not may_watch(identity, users):
            return ErrorFrame(
                code="forbidden", message="you may not watch them: that needs the role supervisor, or a grant"
            )
        try:
            await self._users.watch(users)
        except (NoAnswer, BusClosed):
            self.stop()
            return ErrorFrame(code="unavailable", message="the stream cannot be reached: try again")
        if frame.queues:
            self._queues.start(users)
        else:
            self._queues.stop()
        return None

    def renewed(self, identity: Identity) -> ErrorFrame | None:
        """Another token counts: what it does not allow ends, and that is to be told."""
        if may_watch(identity, self._users.users):
            return None
        self.stop()
        return ErrorFrame(
            code="forbidden", message="with the new token you may not watch them any longer: watch others"
        )

    def stop(self) -> None:
        """Watch nobody."""
        self._users.stop()
        self._queues.stop()

    def admit(self, update: Passing) -> Encoded | None:
        """An update as a frame; None when it is not to be told (yet)."""
        return self._users.admit(update)

    def begun(self, frame: WatchedFrame) -> list[Encoded]:
        """Snapshots were told; returns what came too early for them, as frames."""
        return self._users.begun(frame)

    def queues(self, now: float, at: datetime) -> QueuesFrame | None:
        """How the queues are now, which was due; None when nothing of it concerns those who are watched."""
        return self._queues.frame(now, at)
