"""One operator's connection, the engine's side of it played by the test."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from connector_webitel.new.actions import FEATURES
from connector_webitel.new.picture import Picture
from connector_webitel.new.session import EngineSession
from connector_webitel.new.state import State
from cti_connector.session import Turn
from cti_model.calls import Call, Command
from cti_model.commands import CommandRequest, CommandResult
from cti_model.events import CallEvent

AT = datetime(2025, 11, 20, 9, 6, 40, tzinfo=UTC)
CUSTOMER = {"type": "dest", "number": "380501112233", "name": "Ivan", "id": ""}
AGENT = {"type": "user", "number": "101", "name": "Agent", "id": "12"}
INCOMING = {"direction": "inbound", "destination": "0800", "parent_id": "cust", "from": CUSTOMER, "to": AGENT}
CLICK = {
    "direction": "outbound",
    "destination": "205",
    "from": AGENT,
    "originate": True,
    "params": {"autoAnswer": "true"},
}
NO_AGENT = {"id": "store.sql_agent.get_session.app_error", "code": 404}


def outgoing(data: bytes) -> list[dict[str, Any]]:
    return [msgspec.json.decode(line) for line in data.splitlines()]


class Desk:
    """An operator's link, the engine's side of it played by the test."""

    def __init__(self, device: str = "101", picture: Picture | None = None, features: Any = FEATURES) -> None:
        self.picture = picture or Picture(State("acme", "webitel", features))
        self.session = EngineSession(self.picture, device, "T", {})
        self.asked: list[dict[str, Any]] = outgoing(self.session.greet())
        self.events: list[CallEvent] = []
        self.agents: list[Any] = []
        self.results: dict[int, list[CommandResult]] = {}
        self._stamp = int(AT.timestamp() * 1000)
        self._number = 0
        self.say(event="hello", seq=0, data={"session": {"name": "Agent 12"}, "use_cc": True})
        self.reply("authentication_challenge")
        self.reply("subscribe_call", items=[])

    def say(self, **frame: Any) -> None:
        self._took(self.session.receive(msgspec.json.encode(frame) + b"\n", AT))

    def reply(self, action: str, *, error: Any = None, **data: Any) -> dict[str, Any]:
        """Answer the oldest open question of that action; gives what it said."""
        asked = next(each for each in self.asked if each["action"] == action)
        self.asked.remove(asked)
        if error is None:
            self.say(status="OK", seq_reply=asked["seq"], data=data)
        else:
            self.say(status="FAIL", seq_reply=asked["seq"], error=error)
        return asked.get("data", {})

    def call(self, uid: str, event: str, **data: Any) -> None:
        self._stamp += 1000
        call = {"id": uid, "event": event, "timestamp": str(self._stamp), "app_id": "fs-1", "data": data}
        self.say(event="call", seq=1, data={"call": call})

    def hear(self, name: str, **data: Any) -> None:
        self._stamp += 1000
        self.say(event=name, seq=1, data={"timestamp": self._stamp, **data})

    def command(self, verb: Command, **more: Any) -> int:
        self._number += 1
        request = CommandRequest(**{"command_id": f"c{self._number}", "verb": verb, "device": "101", **more})
        self._took(self.session.command(request, self._number, AT))
        return self._number

    def ask_snapshot(self) -> None:
        """The host compares: `call_by_user`, and how the agent stands."""
        self.asked += outgoing(self.session.ask_snapshot(1))

    def end_of(self, number: int) -> CommandResult:
        return self.results[number][-1]

    def own(self, uid: str) -> Any:
        leg = self.picture.state.legs[uid]
        return leg.connection

    @property
    def actions(self) -> list[str]:
        return [each["action"] for each in self.asked]

    @property
    def calls(self) -> list[Call]:
        return list({each.call.call_id: each.call for each in self.events}.values())

    def agent(self) -> None:
        """The operator is an agent, and outside as yet."""
        self.reply("cc_agent_session", agent_id=4, status="offline", channels=[{"channel": "call", "state": "waiting"}])
        assert self.reply("cc_agent_subscribe_status") == {"agent_id": 4}
        self.reply("cc_agent_session", agent_id=4, status="offline", channels=[{"channel": "call", "state": "waiting"}])
        self.reply("cc_agent_tasks", items=[])

    def talk(self) -> str:
        """An incoming call, answered; gives the operator's connection."""
        self.call("c2", "ringing", **INCOMING)
        self.call("c2", "active")
        return str(self.own("c2").connection_id)

    def _took(self, turn: Turn) -> None:
        self.asked += outgoing(turn.send)
        self.events += turn.events
        self.agents += turn.agents
        for number, result in turn.results:
            self.results.setdefault(number, []).append(result)
