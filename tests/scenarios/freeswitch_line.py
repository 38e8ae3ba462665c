"""A connector's session on a simulated FreeSWITCH, without a socket and without a clock: a link that can be cut."""

import json
import random
from datetime import UTC, datetime

from connector_freeswitch.actions import Options
from connector_freeswitch.picture import Picture
from connector_freeswitch.session import EventSocketSession
from cti_connector.session import Turn
from cti_freeswitch.state import State
from cti_model.agents import AgentState
from cti_model.events import CallEvent
from cti_simulators.freeswitch.api import Api
from cti_simulators.freeswitch.exchange import Headers, Manners, Switch

from tests.scenarios.freeswitch import BOOT
from tests.scenarios.test_freeswitch_chance import PLAN


class Line:
    """A connector's session that talks with a simulated FreeSWITCH without a socket, and can be cut."""

    def __init__(self, rng: random.Random) -> None:
        self.events: list[CallEvent] = []
        self.agents: dict[str, AgentState] = {}
        self.picture = Picture(State("t", "p"))
        self.switch = Switch(BOOT, rng, self._event, plan=PLAN, manners=Manners(early_media=True))
        self._api = Api(self.switch)
        self._session: EventSocketSession | None = None

    @property
    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.switch.now, UTC)

    def cut(self) -> None:
        self._session = None

    def fail(self) -> None:
        """The connector dies: its successor knows the calls as they were told last, and nothing else."""
        self.cut()
        newest = {each.call.call_id: each.call for each in self.events}
        self.picture = Picture(State("t", "p"))
        self.picture.restore([each for each in newest.values() if each.alive], ())

    def connect(self) -> None:
        """Log in and compare."""
        self._session = EventSocketSession(self.picture, "pw", options=Options())
        for kind, reply in (("auth/request", ""), ("command/reply", "+OK"), ("command/reply", "+OK")):
            self._receive(f"Content-Type: {kind}\nReply-Text: {reply}\n\n".encode())
        self.compare()

    def compare(self) -> None:
        if self._session is not None:
            self._answer(self._session.ask_snapshot(1))

    def hear(self) -> None:
        """Time has passed."""
        if self._session is not None:
            self._take(self._session.quiet(self._now))

    def _event(self, headers: Headers) -> None:
        body = json.dumps(headers).encode()
        self._receive(b"Content-Length: %d\nContent-Type: text/event-json\n\n%s" % (len(body), body))

    def _receive(self, data: bytes) -> None:
        if self._session is not None:
            self._take(self._session.receive(data, self._now))

    def _take(self, turn: Turn) -> None:
        self.events += turn.events
        self.agents.update({each.agent.device: each.current for each in turn.agents})
        self._answer(turn.send)

    def _answer(self, asked: bytes) -> None:
        for block in asked.split(b"\n\n"):
            if block.startswith(b"api "):
                said = self._api.run(block.removeprefix(b"api ").decode()).encode()
                self._receive(b"Content-Length: %d\nContent-Type: api/response\n\n%s" % (len(said), said))
