"""One operator's connection as a conversation: log-in, events, lists, commands."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from cti_connector.framed import FramedSession
from cti_connector.frames import Tell
from cti_connector.session import LinkLost, Turn
from cti_model.commands import CommandRefused, CommandRequest, CommandResult, ErrorCode

from connector_webitel.new.actions import Ask, plan
from connector_webitel.new.centre import Centre
from connector_webitel.new.desk import Desk
from connector_webitel.new.history import Gap
from connector_webitel.new.listing import Listing, Refused, not_let_in
from connector_webitel.new.picture import Picture
from connector_webitel.new.questions import Pings, Questions
from connector_webitel.new.recordings import Recordings
from connector_webitel.new.translate import next_conclusion, tick, translate
from connector_webitel.new.wire import (
    MAX_FRAME_BYTES,
    Decoder,
    Fields,
    Frame,
    Notice,
    Reply,
    fields,
    moment,
    text,
)

_LOGIN: Final = "authentication_challenge"


class EngineSession(FramedSession[Frame]):
    """Implements `cti_connector.session.Session` for one operator. `picture` outlives it and is shared by all.

    It is ready when `subscribe_call` was accepted; that reply is the first list. `heard`: by device, when that
    operator's link was last heard; it outlives the session too, so that what ended unseen is dated from then. `away`:
    hears of the time that nobody heard this operator's link, where REST can be asked about it. `before`: since when
    nobody may have heard it, where we never did. `refused`: hears which of our own questions the engine refused.
    """

    def __init__(
        self,
        picture: Picture,
        device: str,
        token: str,
        heard: dict[str, datetime],
        *,
        max_frame_bytes: int = MAX_FRAME_BYTES,
        frames: Tell | None = None,
        refused: Refused = lambda _what, _why: None,
        away: Callable[[Gap], None] | None = None,
        before: datetime | None = None,
    ) -> None:
        super().__init__(Decoder(max_frame_bytes), frames, "not Webitel's protocol")
        self._picture = picture
        self._device = device
        self._token = token
        self._heard_by = heard
        self._away = away
        self._questions = Questions()
        self._ask = self._questions.ask
        self._pings = Pings(self._ask)
        self._desk = Desk(self._step)
        self._recordings = Recordings(picture.state, device, self._ask)
        self._centre = Centre(picture.agents, picture.state, device, self._ask)
        self._listing = Listing(
            picture.state, device, self._ask, heard, before=before, begun=self._centre.begin, refused=refused
        )

    @property
    def ready(self) -> bool:
        """Whether the operator is signed in and call events come."""
        return self._listing.ready

    @property
    def unsettled(self) -> bool:
        """Never: what waits has its own instant."""
        return False

    @property
    def wakes_at(self) -> datetime | None:
        """When a call without operators is to be concluded, or Webitel wants to hear from us."""
        waits = (
            (next_conclusion(self._picture.state), self._pings.next_at, self._recordings.next_at) if self.ready else ()
        )
        return min((each for each in waits if each is not None), default=None)

    @property
    def answered_ping(self) -> int:
        """The number of the newest ping that was answered."""
        return self._pings.answered

    def greet(self) -> bytes:
        """The token; Webitel closes a connection that says nothing for 20 s."""
        return self._ask(_LOGIN, {"token": self._token}, self._let_in)

    def _take(self, frames: Iterable[Frame], at: datetime, turn: Turn) -> None:
        super()._take(frames, at, turn)
        if self.ready:
            self._heard_by[self._device] = at

    def _frame(self, frame: Frame, at: datetime, turn: Turn) -> None:
        if isinstance(frame, Reply):
            self._questions.answered(frame, at, turn)
        else:
            self._notice(frame, at, turn)

    def _look(self, at: datetime, turn: Turn) -> None:
        if not self.ready:
            return
        turn.events += tick(self._picture.state, at)
        self._pings.look(at, turn)
        self._centre.look(at, turn)
        self._recordings.look(at, turn)
        self._desk.look(turn)

    def _notice(self, notice: Notice, at: datetime, turn: Turn) -> None:
        if notice.name == "error":
            raise LinkLost("Webitel ended the session: its token is no longer valid")
        if notice.name == "hello":
            self._greeted(notice.data, at)
        if notice.name == "call":
            turn.events += translate(self._picture.state, self._device, notice.data, at)
        self._centre.hear(notice, at, turn)

    def _greeted(self, hello: Fields, at: datetime) -> None:
        user_id, away = text(fields(hello, "session"), "user_id"), self._away
        if user_id and away is not None:
            ahead = (moment(hello, "server_time", at) or at) - at
            self._listing.lists.ask = lambda since, until: away(
                Gap(self._device, user_id, since, until, self._token, ahead)
            )
        self._pings.greeted(hello, at)

    def _let_in(self, reply: Reply, _: datetime, turn: Turn) -> None:
        if reply.fault is not None:
            raise not_let_in("log-in refused", reply.fault)
        turn.send += self._listing.subscribe()

    def ping(self, number: int) -> bytes:
        """The host's question whether Webitel is there; it counts as what `ping_interval` demands."""
        return self._pings.ping(number)

    def ask_snapshot(self, number: int) -> bytes:
        """Ask for this operator's calls: events can stop without any sign while pings go on."""
        return self._listing.ask_for(number) + self._centre.ask()

    def command(self, request: CommandRequest, number: int, at: datetime) -> Turn:
        """Begin to carry out a command; see `cti_connector.session.Session`."""
        if not self.ready:
            raise CommandRefused(ErrorCode.NOT_CONNECTED, "this operator is not signed in at Webitel")
        turn = Turn()
        ask = Ask(request, self._picture.state, self._picture.agents)
        self._desk.begin(number, request, plan(ask), turn)
        return turn

    def over(self) -> None:
        """This connection is: another one has to say how this operator's calls stand."""
        self._listing.over()

    def give_up(self, number: int) -> CommandResult:
        """A command's time, or this connection, is over."""
        return self._desk.give_up(number)

    def _step(self, name: str, action: str, data: Fields) -> bytes:
        def answered(reply: Reply, _at: datetime, turn: Turn) -> None:
            self._desk.answered(name, reply, turn)

        return self._ask(action, data, answered)
