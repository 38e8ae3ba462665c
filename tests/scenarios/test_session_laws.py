"""What every session must hold (`cti_connector.testing.holds`), of each kind whose simulated PBX talks without a wire.

Oktell's stands beside its connector.
"""

import asyncio
import json
import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest
from connector_asterisk.channels import State as AmiState
from connector_asterisk.picture import Picture as AmiPicture
from connector_asterisk.session import AmiSession
from connector_freeswitch.picture import Picture
from connector_freeswitch.session import EventSocketSession
from connector_webitel.new.picture import Picture as NewPicture
from connector_webitel.new.session import EngineSession
from connector_webitel.new.state import State as NewState
from connector_webitel.old.site import OldSite
from cti_connector.testing import holds
from cti_freeswitch.state import State
from cti_simulators.asterisk.exchange.exchange import AsteriskExchange
from cti_simulators.asterisk.exchange.manager import ManagerSession
from cti_simulators.asterisk.exchange.plan import Manager
from cti_simulators.freeswitch.api import Api
from cti_simulators.freeswitch.client import Client
from cti_simulators.freeswitch.exchange import Headers, Switch
from cti_simulators.freeswitch.faults import Faults, User
from cti_simulators.freeswitch.people import People
from cti_simulators.scenario import Exchange, parse, script
from cti_simulators.webitel.new.house import House
from cti_simulators.webitel.new.plan import token_of
from cti_simulators.webitel.new.session import EngineSession as Socket
from cti_simulators.webitel.old.engine import Engine
from cti_simulators.webitel.old.packing import owned
from cti_simulators.webitel.old.users import Account, Visitor
from cti_simulators.webitel.old.voice import as_heard

from tests.scenarios.webitel_old import BOOT, DOMAIN

RINGS = "trunk 79161234567 calls 74950000101; 101 rings"
ACTS = (RINGS, "101 answers", "101 holds", "101 retrieves", "101 hangs up", RINGS, "79161234567 hangs up")
AT = datetime.fromtimestamp(BOOT, UTC)


def play(what: str, exchange: Exchange) -> None:
    for pause in script(parse(what), exchange):
        while exchange.now < pause.until and not (pause.over is not None and pause.over()):
            exchange.advance(exchange.now + 0.02)


class Bytes(asyncio.Transport):
    """A wire's end that keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self._written = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._written += bytes(data)

    def close(self) -> None:
        """Nothing more comes."""

    def taken(self) -> bytes:
        data, self._written = self._written, b""
        return data


class EventSocket:
    """The simulated FreeSWITCH as one connection sees it."""

    password = "pw"
    users: ClassVar[Mapping[str, User]] = {}

    def __init__(self) -> None:
        self.faults = Faults()
        self._switch = Switch(BOOT, random.Random(7), self._tell)
        self._people, self._api, self._wire = People(self._switch), Api(self._switch), Bytes()
        self._client = Client(self)
        self._client.connection_made(self._wire)

    def joined(self, client: Client) -> None:
        """It is the only one."""

    def left(self, client: Client) -> None:
        """It stays."""

    def answer(self, command: str, reply: Callable[[str], None]) -> None:
        reply(self._api.run(command))

    def _tell(self, headers: Headers) -> None:
        self._client.event(headers)

    def receive(self, data: bytes) -> bytes:
        self._client.data_received(data)
        return self._wire.taken()

    def does(self, what: str) -> bytes:
        play(what, self._people)
        return self._wire.taken()


class Ami:
    """The simulated Asterisk as one manager connection sees it."""

    banner, timestamps, numbered = "", True, False

    def __init__(self) -> None:
        self.rng, self.managers = random.Random(7), {"cti": Manager("pw")}
        self.exchange = AsteriskExchange("22", BOOT, self.rng)
        self._manager = ManagerSession(self)

    def clock(self) -> float:
        return self.exchange.now

    def count(self) -> int:
        return 0

    def restart(self) -> None:
        raise AssertionError("nobody asks for that")

    def receive(self, data: bytes) -> bytes:
        return self._manager.feed(data) + self._said() if data else self._manager.greeting()

    def does(self, what: str) -> bytes:
        play(what, self.exchange)
        return self._said()

    def _said(self) -> bytes:
        return self._manager.hear([(each, 0) for each in self.exchange.said()])


class OldEngine:
    """The simulated old Webitel engine as one operator's connection sees it."""

    def __init__(self) -> None:
        self._switch = Switch(BOOT, random.Random(7), self._tell)
        self._people = People(self._switch)
        accounts = {"101": Account("pw-101")}
        self._engine = Engine(self._switch, Api(self._switch), accounts, self._say, lambda _: "")
        self._visitor = Visitor()
        self._said = b""

    def _say(self, frame: Mapping[str, Any]) -> None:
        self._said += json.dumps(frame).encode() + b"\n"

    def _tell(self, headers: Headers) -> None:
        for each in as_heard(self._switch, headers):
            mine = owned(each)
            if mine is not None and mine["Channel-Presence-ID"] == self._visitor.account:
                self._say(mine)

    def receive(self, data: bytes) -> bytes:
        for line in data.splitlines():
            frame = json.loads(line)

            def reply(complete: str, body: Any, uid: str = frame["exec-uuid"]) -> None:
                self._say({"exec-uuid": uid, "exec-complete": complete, "exec-response": body})

            self._engine.run(self._visitor, frame["exec-func"], frame.get("exec-args") or {}, reply)
        return self._taken()

    def does(self, what: str) -> bytes:
        play(what, self._people)
        return self._taken()

    def _taken(self) -> bytes:
        said, self._said = self._said, b""
        return said


class NewEngine:
    """The simulated new Webitel engine as one operator's connection sees it."""

    def __init__(self) -> None:
        self._house = House(BOOT, random.Random(7))
        self._socket = Socket(self._house)

    def receive(self, data: bytes) -> bytes:
        frames = [each for line in data.splitlines() for each in self._socket.receive(line.decode()).frames]
        return "".join(f"{each}\n" for each in frames).encode()

    def does(self, what: str) -> bytes:
        play(what, self._house.people)
        return "".join(f"{each}\n" for each in self._socket.hear(self._house.said())).encode()


def old_session() -> Any:
    site = OldSite("demo", "webitel", DOMAIN)
    return site.user_session(site.picture([]), "101", "pw-101")


@pytest.mark.parametrize(
    ("session", "peer"),
    [
        (lambda: EventSocketSession(Picture(State("t", "p")), "pw"), EventSocket),
        (lambda: AmiSession(AmiPicture(AmiState("t", "p")), "cti", "pw"), Ami),
        (old_session, OldEngine),
        (lambda: EngineSession(NewPicture(NewState("t", "p")), "101", token_of("101"), {}), NewEngine),
    ],
    ids=["freeswitch", "asterisk", "old webitel", "new webitel"],
)
def test_a_session_holds_what_every_session_must(session, peer):
    holds(session, peer, ACTS, AT)
