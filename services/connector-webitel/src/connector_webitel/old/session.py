"""One connection to the old engine as a conversation: log-in, events, questions, commands."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from cti_connector.framed import PicturedSession
from cti_connector.frames import Tell
from cti_connector.session import LinkLost, LinkRefused, Refusal, Turn
from cti_freeswitch.desk import Desk
from cti_freeswitch.event import Event
from cti_model.commands import CommandRequest

from connector_webitel.old.actions import FEATURES, Ask, Options, Plan, plan
from connector_webitel.old.comparing import compare
from connector_webitel.old.picture import Seat
from connector_webitel.old.recordings import Recordings, Refused
from connector_webitel.old.snapshot import Round
from connector_webitel.old.translate.domain import CALLS, CENTRE, RECORDINGS
from connector_webitel.old.wire import (
    MAX_FRAME_BYTES,
    AuthRefused,
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


class OldSession(PicturedSession[Response | Told, Plan]):
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
        self._options = options or Options()
        self._features = FEATURES if options is not None else ()
        wanted = () if seat.account else (*CALLS, *(CENTRE if call_centre else ()))
        records = seat.picture.state.reading.recordings and not seat.account
        self._login = Login(credential, wanted, RECORDINGS if records else ())
        self._desk: Desk[Request] = Desk(self._step, "step-")
        self._recordings = Recordings(seat.picture.state, self._ask, recordings_refused, alone=not seat.account)
        self._open: dict[str, Answered] = {}
        self._asked = 0
        self._said: list[Event] = []
        super().__init__(
            Decoder(max_frame_bytes),
            frames,
            "not a Webitel engine, or out of step",
            kept=seat,
            login=self._login,
            works=self._desk,
            exchange="Webitel",
        )

    @property
    def wakes_at(self) -> datetime | None:
        """When a wrap-up ends, or a recording is to be asked for."""
        waits = (super().wakes_at, self._recordings.next_at if self.ready else None)
        return min((each for each in waits if each is not None), default=None)

    def greet(self) -> bytes:
        """Who we are: the client speaks first."""
        return self._ask(self._login.begin(), self._logged_in)

    def _take(self, frames: Iterable[Response | Told], at: datetime, turn: Turn) -> None:
        super()._take(frames, at, turn)
        self._time_passed(at, turn)

    def _frame(self, frame: Response | Told, at: datetime, turn: Turn) -> None:
        if isinstance(frame, Told):
            self._told(frame, at, turn)
        elif (heard := self._open.pop(frame.uid, None)) is not None:
            heard(frame, at, turn)

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

    def _time_passed(self, at: datetime, turn: Turn) -> None:
        said, self._said = self._said, []
        turn.events += self._seat.picture.translate(said, at)
        super()._time_passed(at, turn)
        if self.ready:
            self._recordings.look(at, turn)

    def _plan(self, request: CommandRequest, at: datetime) -> Plan:
        seat = self._seat
        return plan(
            Ask(
                request,
                frozenset(self._features),
                seat.picture.state,
                seat.picture.agents,
                self._options,
                seat.domain,
                seat.account,
                self._said.append,
            )
        )

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
