"""One AMI connection as a conversation: banner, log-in, events, pings."""

from collections.abc import Iterable
from datetime import datetime

from cti_connector.framed import PicturedSession
from cti_connector.frames import Tell
from cti_connector.session import LinkLost, LinkRefused, Refusal, Turn
from cti_model.calls import Command
from cti_model.commands import CommandRequest

from connector_asterisk.actions import Ask, Options, Plan, dialect_of, features, plan
from connector_asterisk.actions.desk import Desk
from connector_asterisk.agents import WANTED as OF_AGENTS
from connector_asterisk.gaps import Sequence
from connector_asterisk.naming import whole
from connector_asterisk.picture import Picture
from connector_asterisk.reading import Reading
from connector_asterisk.snapshot import LISTED
from connector_asterisk.translate import wanted as wanted_of_calls
from connector_asterisk.wire import MAX_FRAME_BYTES, Decoder, Frame, Login, LoginRefused, encode

_BANNER = "Asterisk Call Manager/"
_ANSWERS = frozenset({"QueueParams", "QueueMember", "QueueEntry", "QueueStatusComplete"})


def decoder_of(reading: Reading, max_frame_bytes: int = MAX_FRAME_BYTES) -> Decoder:
    """A decoder that hands out the events that mean something to us; all others are dropped unread."""
    return Decoder(wanted_of_calls(reading) | OF_AGENTS | LISTED | _ANSWERS, max_frame_bytes, reading.sieve())


class AmiSession(PicturedSession[Frame, Plan]):
    """Implements `cti_connector.session.Session` for Asterisk. `picture` outlives it: calls go on over a reconnect.

    Without `options` it only watches: no command is offered, and none is carried out. `numbered`: whether this user
    gets every event with its number (`debug = on`, `read = all`, no filter): then a missing number is a missed event.
    """

    def __init__(
        self,
        picture: Picture,
        username: str,
        secret: str,
        *,
        md5: bool = True,
        max_frame_bytes: int = MAX_FRAME_BYTES,
        frames: Tell | None = None,
        options: Options | None = None,
        numbered: bool = False,
    ) -> None:
        self._picture = picture
        self._options = options or Options()
        possible = features(self._options) if options is not None else frozenset()
        self._features = tuple(each for each in Command if each in possible)
        self._sequence = Sequence() if numbered else None
        self._decoder = (
            Decoder(None, max_frame_bytes) if numbered else decoder_of(picture.state.reading, max_frame_bytes)
        )
        self._desk = Desk(picture.state)
        self._login = Login(username, secret, md5=md5)
        super().__init__(
            self._decoder,
            frames,
            "not an Asterisk manager interface",
            ("used", "skipped", "malformed", "oversize"),
            kept=picture,
            login=self._login,
            works=self._desk,
            exchange="Asterisk",
        )
        self._greeted = False
        self._early: list[Frame] = []

    def greet(self) -> bytes:
        """Nothing: Asterisk speaks first."""
        return b""

    def _take(self, frames: Iterable[Frame], at: datetime, turn: Turn) -> None:
        # What stood behind the answer to the log-in waited for the host to ask what is alive.
        portion = [*self._early, *frames]
        self._early = []
        banner = self._decoder.banner
        if not self._greeted and banner is not None:
            if not banner.startswith(_BANNER):
                raise LinkLost(f"not an Asterisk manager interface: {banner[:80]!r}")
            self._greeted = True
            turn.send += self._login.begin()
            self._picture.state.features = self._features
        was_ready = self.ready
        for frame in portion:
            if self.ready and not was_ready:
                self._early.append(frame)
            else:
                self._frame(frame, at, turn)

    def _frame(self, frame: Frame, at: datetime, turn: Turn) -> None:
        if not self.ready or frame.get("ActionID").startswith("ping-"):
            if frame.is_response:
                turn.send += self._response(frame)
            return
        missed = self._sequence.see(frame) if self._sequence is not None else 0
        if missed:
            turn.gap = f"{missed} events by Asterisk's own numbers"
        # What answers a command of ours is the desk's alone; how its telephone fared is news for the calls too.
        if not self._desk.take(frame, at, turn) or frame.name == "OriginateResponse":
            self._picture.take(frame, at, turn)

    def _plan(self, request: CommandRequest, at: datetime) -> Plan:
        possible, dialect = frozenset(self._features), dialect_of(self._decoder.banner or "")
        return plan(Ask(request, possible, self._picture.state, dialect, self._options, at))

    def ping(self, number: int) -> bytes:
        """AMI's own `Ping`."""
        return encode("Ping", f"ping-{number}")

    def ask_snapshot(self, number: int) -> bytes:
        """Ask what is alive now."""
        return self._picture.ask(number)

    def _response(self, frame: Frame) -> bytes:
        action_id = frame.get("ActionID")
        answered = whole(action_id.removeprefix("ping-")) if action_id.startswith("ping-") else None
        if answered is not None:
            self._answered_ping = max(self._answered_ping, answered)
            return b""
        try:
            return self._login.answer(frame)
        except LoginRefused as error:
            raise LinkRefused(f"log-in refused: {error}", Refusal.WRONG_PASSWORD) from error
