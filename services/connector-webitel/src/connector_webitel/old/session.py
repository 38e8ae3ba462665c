"""One connection to the old engine as a conversation: log-in, events, questions, commands."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from cti_connector.frames import FrameCounter, Tell
from cti_connector.session import LinkLost, LinkRefused, Refusal, Turn
from cti_freeswitch.desk import Desk
from cti_freeswitch.event import Event
from cti_model.commands import CommandRefused, CommandRequest, CommandResult, ErrorCode

from connector_webitel.old.actions import FEATURES, Ask, Options, plan
from connector_webitel.old.comparing import compare
from connector_webitel.old.picture import Seat
from connector_webitel.old.recordings import Recordings, Refused
from connector_webitel.old.snapshot import Round
from connector_webitel.old.translate.domain import CALLS, CENTRE, RECORDINGS
from connector_webitel.old.wire import (
    MAX_FRAME_BYTES,
    AuthRefused,
    BadFrame,
    Decoder,
    Login,
    Request,
    Response,
    Secret,
    Token,
    Told,
    encode,
)

Answered = Callable[[Response, datetime, Turn], None]
_REASONS: Final = (
    # The engine asks other services, which are started with it: what their silence makes of a log-in is a 401 too.
    *((part, Refusal.NOT_AVAILABLE) for part in ("in JSON", "JSON input", "Channel not open", "FreeSWITCH not found")),
    *((part, Refusal.NOT_AVAILABLE) for part in ("No connect", "No live connect", "blocked", "disabled")),
    ("(401)", Refusal.WRONG_PASSWORD),  # whatever the words: also where a code is asked for that changes (TOTP)
    ("Invalid Token", Refusal.WRONG_PASSWORD),
    ("Token Expired", Refusal.WRONG_PASSWORD),
    ("license", Refusal.LICENCE),
    ("Maximum opened socket", Refusal.IN_USE),
)


class OldSession:
    """Implements `cti_connector.session.Session` for the old engine. The seat outlives it: calls go on after it.

    A seat without an account hears the whole domain: then `credential` is that of a service account. Without `options`
    it only watches: no command is offered, and none is carried out. The engine answers in any order; each of our
    questions has an id of its own.
    """

    def __init__(
        self,
        seat: Seat,
        credential: Secret | Token,
        *,
        call_centre: bool = False,
        max_frame_bytes: int = MAX_FRAME_BYTES,
        frames: Tell | None = None,
        options: Options | None = None,
        recordings_refused: Refused = lambda _: None,
    ) -> None:
        self._seat = seat
        seat.connection_lost()
        self._options = options or Options()
        self._features = FEATURES if options is not None else ()
        wanted = () if seat.account else (*CALLS, *(CENTRE if call_centre else ()))
        records = seat.picture.state.reading.recordings and not seat.account
        self._login = Login(credential, wanted, RECORDINGS if records else ())
        self._decoder = Decoder(max_frame_bytes)
        self._frames = FrameCounter(frames, "used", "malformed")
        self._desk: Desk[Request] = Desk(self._step, "step-")
        self._recordings = Recordings(seat.picture.state, self._ask, recordings_refused, alone=not seat.account)
        self._open: dict[str, Answered] = {}
        self._asked = 0
        self._answered_ping = 0
        self._said: list[Event] = []

    @property
    def ready(self) -> bool:
        """Whether the engine let us in and sends events."""
        return self._login.done

    @property
    def unsettled(self) -> bool:
        """Whether something waits for more events of one action."""
        return self._seat.picture.unsettled

    @property
    def wakes_at(self) -> datetime | None:
        """When a wrap-up ends, or a recording is to be asked for."""
        waits = (self._seat.picture.agents.next_at, self._recordings.next_at if self.ready else None)
        return min((each for each in waits if each is not None), default=None)

    @property
    def answered_ping(self) -> int:
        """The number of the newest ping that was answered."""
        return self._answered_ping

    def greet(self) -> bytes:
        """Who we are: the client speaks first."""
        return self._ask(self._login.begin(), self._logged_in)

    def receive(self, data: bytes, at: datetime) -> Turn:
        """Bytes came; see `cti_connector.session.Session`."""
        turn = Turn()
        self._seat.hears(at)
        try:
            frames = self._decoder.feed(data)
        except BadFrame as error:
            raise LinkLost(f"not a Webitel engine, or out of step: {error}") from error
        finally:
            self._frames.look(self._decoder.counts)
        for frame in frames:
            if isinstance(frame, Told):
                self._told(frame, at, turn)
            elif (heard := self._open.pop(frame.uid, None)) is not None:
                heard(frame, at, turn)
        self._look(at, turn)
        return turn

    def _told(self, told: Told, at: datetime, turn: Turn) -> None:
        if told.kind == "account" and told.event.name == "DISCONNECT":
            raise LinkLost("the engine ends the connection: nobody logged in in time")
        self._seat.take(told, at, turn)

    def _logged_in(self, response: Response, _at: datetime, turn: Turn) -> None:
        try:
            following = self._login.take(response)
        except AuthRefused as error:
            raise LinkRefused(f"log-in refused: {error}", _reason(str(error))) from error
        if following is not None:
            turn.send += self._ask(following, self._logged_in)
        if self.ready:
            self._seat.picture.state.features = self._features

    def quiet(self, at: datetime) -> Turn:
        """No bytes for a while: tell what waited for more."""
        turn = Turn()
        self._look(at, turn)
        return turn

    def _look(self, at: datetime, turn: Turn) -> None:
        said, self._said = self._said, []
        turn.events += self._seat.picture.translate(said, at)
        self._seat.picture.quiet(at, turn)
        if self.ready:
            self._recordings.look(at, turn)
        self._desk.look(turn)

    def command(self, request: CommandRequest, number: int, at: datetime) -> Turn:
        """Begin to carry out a command; see `cti_connector.session.Session`."""
        if not self.ready:
            raise CommandRefused(ErrorCode.NOT_CONNECTED, "not logged in to Webitel")
        turn, seat = Turn(), self._seat
        ask = Ask(
            request,
            frozenset(self._features),
            seat.picture.state,
            seat.picture.agents,
            self._options,
            seat.domain,
            seat.account,
            self._said.append,
        )
        self._desk.begin(number, request, plan(ask), turn)
        return turn

    def give_up(self, number: int) -> CommandResult:
        """A command's time, or this connection, is over."""
        return self._desk.give_up(number)

    def ping(self, number: int) -> bytes:
        """`ping`; whatever is answered, the engine lives."""

        def answered(_response: Response, _at: datetime, _turn: Turn) -> None:
            self._answered_ping = number

        return self._ask(Request("ping"), answered)

    def ask_snapshot(self, number: int) -> bytes:
        """Ask what is alive now."""
        asked = Round(self._seat, number)
        return self._questions(asked, asked.ask())

    def _questions(self, asked: Round, requests: list[Request]) -> bytes:
        return b"".join(self._question(asked, request) for request in requests)

    def _question(self, asked: Round, request: Request) -> bytes:
        def answered(response: Response, at: datetime, turn: Turn) -> None:
            turn.send += self._questions(asked, asked.answered(request, response, at))
            if asked.snapshot is not None:
                compare(self._seat, asked, at, turn)

        return self._ask(request, answered)

    def _step(self, name: str, request: Request) -> bytes:
        def answered(response: Response, _at: datetime, turn: Turn) -> None:
            self._desk.answered(name, response.ok, response.text, turn)

        return self._ask(request, answered)

    def _ask(self, request: Request, heard: Answered) -> bytes:
        self._asked += 1
        uid = f"{self._asked:08x}-0000-4000-8000-000000000000"
        self._open[uid] = heard
        return encode(uid, request)


def _reason(text: str) -> Refusal:
    return next((reason for part, reason in _REASONS if part in text), Refusal.OTHER)
