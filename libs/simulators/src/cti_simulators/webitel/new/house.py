"""One engine: its telephones, the table of calls, and what is to be told to whom. Pure."""

import random
from typing import Any

from msgspec import Struct

from cti_simulators.freeswitch.exchange import Headers
from cti_simulators.freeswitch.legs import Leg
from cti_simulators.webitel.new.exchange import WebitelPeople, WebitelSwitch
from cti_simulators.webitel.new.faults import Faults
from cti_simulators.webitel.new.plan import Plan, UserPlan, standard
from cti_simulators.webitel.new.rows import Rows
from cti_simulators.webitel.new.voice import call_event

Fields = dict[str, Any]


class Told(Struct, frozen=True):
    """An event for a user's sockets. `call`: it goes only to those who asked for call events."""

    user_id: int
    name: str
    data: Fields
    call: bool = False


class House:
    """`bound`: users whose call events the engine fetches, by id. `heard`: FreeSWITCH's own events, the truth."""

    def __init__(self, now: float, rng: random.Random, plan: Plan | None = None, *, by_phone: bool = False) -> None:
        self.plan = plan or standard()
        self.faults = Faults()
        self.rows = Rows()
        self.bound: set[int] = set()
        self.heard: list[Headers] = []
        self._said: list[Told] = []
        self.switch = WebitelSwitch(now, rng, self._hear, self.plan)
        self.people = WebitelPeople(self.switch, by_phone=by_phone)

    def user_by_token(self, token: str) -> UserPlan | None:
        """Whose access token this is."""
        return next((each for each in self.plan.users if each.token == token), None)

    def said(self) -> list[Told]:
        """What was told since the last time."""
        said, self._said = self._said, []
        kept = said[self.faults.lose :]
        self.faults.lose -= len(said) - len(kept)
        return kept

    def tell(self, told: Told) -> None:
        """Tell something, as soon as somebody fetches it."""
        self._said.append(told)

    def calls_of(self, user: UserPlan) -> list[Fields]:
        """A user's active calls, as a list shows them."""
        self.rows.settle(self.switch.now)
        return self.rows.active(user.id)

    def _hear(self, headers: Headers) -> None:
        self.heard.append(headers)
        leg = self.switch.legs.get(headers.get("Unique-ID", ""))
        if leg is None:
            return
        self._tell_of(headers, leg)
        if headers["Event-Name"] == "CHANNEL_PROGRESS" and leg.originator is not None and not leg.originator.answered:
            self._tell_of(headers, leg.originator)  # the caller is told that it rings

    def _tell_of(self, headers: Headers, leg: Leg) -> None:
        call = call_event(self.plan, headers, leg)
        if call is None:
            return
        self.rows.lag_s = self.faults.list_lag_s
        self.rows.hear(self.switch.now, call)
        if call["user_id"]:
            self.tell(Told(int(call["user_id"]), "call", {"call": call}, call=True))
