"""The table of calls, as flow_manager keeps it from the same events: what the lists and REST answer from. Pure.

An event is written only if it is newer than the row, a little later than it is told.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

Fields = dict[str, Any]

KEEP_S: Final = 1.0
"""So long after its end a call moves to the history."""
_EMPTY: Final[Fields] = {
    "type": "",
    "user": None,
    "extension": None,
    "gateway": None,
    "parent_id": None,
    "to": None,
    "variables": {},
    "duration": 0,
    "hold_sec": 0,
    "wait_sec": 0,
    "bill_sec": 0,
    "queue": None,
    "task": None,
    "answered_at": 0,
    "bridged_at": 0,
    "hangup_at": 0,
    "joined_at": 0,
    "leaving_at": 0,
    "reporting_at": 0,
    "queue_bridged_at": 0,
    "hold": None,
    "blind_transfer": None,
    "bridged_id": None,
    "contact_id": None,
    "hide_number": False,
}
_NOT_LISTED: Final = ("type", "user", "extension", "gateway", "duration", "wait_sec", "bill_sec", "hold", "bridged_id")


@dataclass
class Row:
    """A leg. `fields`: as a list shows it. `at`: milliseconds of the newest event. `ended`: what the history adds."""

    user_id: int
    at: int
    fields: Fields
    ended: Fields = field(default_factory=dict)

    @property
    def item(self) -> Fields:
        """Among the active calls of REST."""
        return dict(self.fields)

    @property
    def listed(self) -> Fields:
        """In a list of the WebSocket, for which fewer columns are read."""
        return self.fields | {name: _EMPTY[name] for name in _NOT_LISTED}

    @property
    def past(self) -> Fields:
        """In the history."""
        return self.fields | self.ended


@dataclass
class Rows:
    """All legs by id. `lag_s`: so long an event is on its way into the table."""

    lag_s: float = 0.0
    rows: dict[str, Row] = field(default_factory=dict)
    tasks: dict[str, Fields] = field(default_factory=dict)
    _coming: list[tuple[float, Fields]] = field(default_factory=list)

    def hear(self, now: float, call: Fields) -> None:
        """A call event was told."""
        self._coming.append((now + self.lag_s, call))
        self.settle(now)

    def settle(self, now: float) -> None:
        """Write what has arrived by now."""
        due = [each for each in self._coming if each[0] <= now]
        self._coming = [each for each in self._coming if each[0] > now]
        for at, call in due:
            self._write(call, int(at * 1000))

    def noted(self, uid: str, name: str, value: str) -> None:
        """Something of a call that no event tells."""
        if uid in self.rows:
            self.rows[uid].fields[name] = value

    def active(self, user_id: int) -> list[Fields]:
        """A user's calls that live, or whose task is still open."""
        mine = [row for row in self.rows.values() if row.user_id == user_id]
        open_ = [row for row in mine if not row.fields["hangup_at"] or row.fields["id"] in self.tasks]
        return [row.listed | {"task": self.tasks.get(row.fields["id"])} for row in open_]

    def living(self) -> list[Fields]:
        """All that live."""
        return [row.item for row in self.rows.values() if not row.fields["hangup_at"]]

    def history(self, now: float) -> list[Row]:
        """Those that have been over for a second."""
        return [row for row in self.rows.values() if row.ended and row.ended["stored_at"] <= int(now * 1000)]

    def _write(self, call: Fields, now: int) -> None:
        event, at, data = call["event"], int(call["timestamp"]), call["data"]
        row = self.rows.get(call["id"])
        if event == "ringing" and row is None:
            self.rows[call["id"]] = _new(call, at)
            return
        if data.get("cdr") is False:
            self.rows.pop(call["id"], None)
            return
        if row is None or at < row.at or row.ended or event not in _CHANGES:
            return
        told = row.fields
        if data.get("payload"):
            told["variables"] = told["variables"] | data["payload"]
        if event == "update":  # data, and no state
            return
        if event in ("active", "hangup") and told["state"] == "hold":  # none that a `bridge` came into
            _taken_back(told, row.at, at)
        row.at = at
        told |= {"state": event, "timestamp": _iso(at)}
        if event == "active":
            told["answered_at"] = told["answered_at"] or at
        elif event == "bridge":
            self._bridged(row, data, at)
        elif event == "hangup":
            told["hangup_at"] = at
            row.ended = _end(told, data, now)

    def _bridged(self, row: Row, data: Fields, at: int) -> None:
        """Both sides get it and its state, though the other one has no event of its own."""
        told = row.fields
        told["to" if told["direction"] == "outbound" else "from"] = data["to"]
        for mine, its in ((told["id"], data.get("bridged_id")), (data.get("bridged_id"), told["id"])):
            side = self.rows.get(str(mine))
            if side is not None and its:
                side.at = at
                side.fields |= {"state": "bridge", "timestamp": _iso(at), "bridged_id": its}
                side.fields["bridged_at"] = side.fields["bridged_at"] or at


_CHANGES: Final = frozenset({"progress", "active", "bridge", "hold", "update", "hangup"})


def _new(call: Fields, at: int) -> Row:
    data = call["data"]
    told: Fields = {**_EMPTY, "id": call["id"], "app_id": call["app_id"], "state": "ringing", "timestamp": _iso(at)}
    told |= {name: data[name] for name in ("direction", "destination", "from", "to", "parent_id") if name in data}
    told |= {"created_at": at, "variables": dict(data.get("payload", {}))}
    if queue := data.get("queue"):
        told["queue"] = {"id": int(queue["queue_id"]), "name": queue["queue_name"]}
    user_id = int(call["user_id"] or 0)
    if user_id:
        mine = data["from"] if data["direction"] == "outbound" else data["to"]
        told |= {"user": {"id": user_id, "name": mine["name"]}, "extension": mine["number"]}
    return Row(user_id, at, told)


def _iso(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _taken_back(told: Fields, since: int, at: int) -> None:
    sec = round((at - since) / 1000)  # as PostgreSQL makes an integer of it
    told["hold"] = [*(told["hold"] or ()), {"start": since, "finish": at, "sec": sec}]
    told["hold_sec"] += sec


def _end(told: Fields, data: Fields, now: int) -> Fields:
    talk_ms = told["hangup_at"] - told["bridged_at"] if told["bridged_at"] else 0
    told |= {"duration": (told["hangup_at"] - told["created_at"]) // 1000, "bill_sec": talk_ms // 1000}
    more: Fields = {name: data[name] for name in ("transfer_to", "transfer_from") if name in data}
    return {
        "cause": data["cause"],
        "sip_code": data["sip"],
        "hangup_by": data["hangup_by"],
        "stored_at": max(now, told["hangup_at"] + int(KEEP_S * 1000)),
        "talk_sec": talk_ms // 1000,
        "tags": None,
        "files": [],
        "transfer_from": None,
        "transfer_to": None,
        **more,
    }
