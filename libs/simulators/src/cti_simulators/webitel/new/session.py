"""One socket of the engine as a conversation: log-in, requests, events. Pure.

Source: webitel/engine (`websocket_router.go`, `web_conn.go`), and the frames that webitel-sdk 26.4.29 accepts.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import Struct

from cti_simulators.webitel.new import agents, calls
from cti_simulators.webitel.new.faults import Refused
from cti_simulators.webitel.new.house import House, Told
from cti_simulators.webitel.new.plan import UserPlan

Fields = dict[str, Any]
Action = Callable[[House, UserPlan, Fields], Fields | None]
"""Carries out what a user asks for; the answer's data, or None for none. Raises `Refused`."""
_LOGIN: Final = "authentication_challenge"
_ROUTER: Final = "api.web_socket_router"


class Answer(Struct, frozen=True):
    """What a request is answered with. `action` is empty for what is no request."""

    action: str = ""
    frames: tuple[str, ...] = ()


class EngineSession:
    """`user`: who is signed in. `closing`: the engine ends it. `asked`: all requests. `pings`: when they came."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._seq = 0
        self.user: UserPlan | None = None
        self.closing = False
        self.expired = False
        self.asked: list[tuple[str, Fields]] = []
        self.pings: list[float] = []
        self._sock_id = house.switch.new_id().replace("-", "")[:26]

    def receive(self, text: str | bytes) -> Answer:
        """A frame came."""
        try:
            request = json.loads(text) if isinstance(text, str) else None
        except ValueError:
            request = None
        if not isinstance(request, dict) or self._house.faults.silent or self.expired:
            return Answer()
        seq, action, data = request.get("seq"), request.get("action"), request.get("data")
        if not isinstance(action, str) or not action:
            return Answer("", (_fail(seq, Refused(f"{_ROUTER}.no_action.app_error")),))
        if not isinstance(seq, int) or seq <= 0:
            return Answer(action, (_fail(None, Refused(f"{_ROUTER}.bad_seq.app_error")),))
        asked = data if isinstance(data, dict) else {}
        self.asked.append((action, asked))
        if action == _LOGIN:
            return Answer(action, self._log_in(seq, asked))
        return Answer(action, (self._answer(seq, action, asked),) if action not in self._house.faults.mute else ())

    def _log_in(self, seq: int, data: Fields) -> tuple[str, ...]:
        token = data.get("token")
        if self.user is not None:
            return ()
        if not isinstance(token, str):
            self.closing = True
            return ()
        if self._house.faults.licence:
            return (_fail(seq, Refused("api.context.permissions.license", 412)),)
        user = self._house.user_by_token(token)
        if user is None:
            return (_fail(seq, Refused("api.context.session_expired.app_error", 401)),)
        self.user = user
        return (self._event("hello", self._hello(user)), _ok(seq, None))

    def _answer(self, seq: int, action: str, data: Fields) -> str:
        if self.user is None:
            return _fail(seq, Refused(f"{_ROUTER}.not_authenticated.app_error", 500))
        if action in self._house.faults.errors:
            return json.dumps({"status": "FAIL", "seq_reply": seq, "error": self._house.faults.errors[action]})
        if action == "ping":
            self.pings.append(self._house.switch.now)
        deed = ACTIONS.get(action)
        if deed is None:
            return _fail(seq, Refused(f"{_ROUTER}.bad_action.app_error"))
        try:
            return _ok(seq, deed(self._house, self.user, data))
        except Refused as refused:
            return _fail(seq, refused)

    def hear(self, said: list[Told]) -> list[str]:
        """Frames of what is for this socket's user."""
        if self.user is None or self._house.faults.silent or self.expired:
            return []
        mine = [each for each in said if each.user_id == self.user.id and self._wanted(each)]
        if self._house.faults.repeat:
            mine = [each for pair in zip(mine, mine, strict=True) for each in pair]
        if self._house.faults.swap:
            mine.reverse()
        return [self._event(each.name, each.data) for each in mine]

    def _wanted(self, told: Told) -> bool:
        return told.user_id in (self._house.bound if told.name == "call" else self._house.watching)

    def expire(self) -> str:
        """The token is no longer valid: one last frame."""
        error = Refused("api.context.session_expired.app_error", 401).fields
        frame = self._event("error", {"sock_id": self._sock_id, "error": error})
        self.expired = True
        return frame

    def _event(self, name: str, data: Fields) -> str:
        frame = {"event": name, "data": data, "seq": self._seq}
        if name not in ("hello", "error", "call") and self.user is not None:
            frame["user_id"] = self.user.id
        self._seq += 1
        return json.dumps(frame, ensure_ascii=False)

    def _hello(self, user: UserPlan) -> Fields:
        plan, now = self._house.plan, int(self._house.switch.now * 1000)
        session = {
            "id": self._sock_id,
            "name": user.name,
            "domain_id": plan.domain_id,
            "domain_name": plan.domain,
            "expire": now + 86_400_000,
            "user_id": user.id,
            "role_ids": [7],
            "token": user.token,
            "scopes": [],
        }
        told = {
            "server_node_id": "engine-1",
            "server_build_commit": "1",
            "server_version": "26.04",
            "server_time": now,
            "sock_id": self._sock_id,
            "session": session,
            "use_cc": True,
            "use_chat": False,
            "rtc_configuration": {"iceServers": []},
        }
        return told | ({"ping_interval": plan.ping_interval_ms} if plan.ping_interval_ms else {})


def _ok(seq: int, data: Fields | None) -> str:
    frame: Fields = {"status": "OK", "seq_reply": seq}
    return json.dumps(frame if data is None else frame | {"data": data}, ensure_ascii=False)


def _fail(seq: object, refused: Refused) -> str:
    frame: Fields = {"status": "FAIL", "error": refused.fields}
    return json.dumps(frame | ({"seq_reply": seq} if isinstance(seq, int) and seq > 0 else {}), ensure_ascii=False)


def _subscribe(house: House, user: UserPlan, _: Fields) -> Fields:
    house.bound.add(user.id)
    return {"items": house.calls_of(user)}


def _unsubscribe(house: House, user: UserPlan, _: Fields) -> None:
    house.bound.discard(user.id)  # of all this user's sockets


def _ping(house: House, _user: UserPlan, _: Fields) -> Fields:
    return {"pong": 1, "server_ts": int(house.switch.now * 1000)}


ACTIONS: Final[Mapping[str, Action]] = {
    "subscribe_call": _subscribe,
    "un_subscribe_call": _unsubscribe,
    "call_by_user": lambda house, user, _: {"items": house.calls_of(user)},
    "ping": _ping,
    "latency_ack": lambda _house, _user, _data: None,
    **calls.ACTIONS,
    **agents.ACTIONS,
}
