"""One engine: its telephones, the table of calls, and what is to be told to whom. Pure."""

import random
from typing import Any

from msgspec import Struct

from cti_simulators.freeswitch.exchange import Headers
from cti_simulators.freeswitch.legs import Leg
from cti_simulators.webitel.new.centre import Centre
from cti_simulators.webitel.new.exchange import WebitelPeople, WebitelSwitch
from cti_simulators.webitel.new.faults import Faults
from cti_simulators.webitel.new.plan import Plan, UserPlan, standard
from cti_simulators.webitel.new.rows import Rows
from cti_simulators.webitel.new.voice import call_event, heartbeat_lost

Fields = dict[str, Any]


class Told(Struct, frozen=True):
    """An event for a user's sockets."""

    user_id: int
    name: str
    data: Fields


class House:
    """`bound`: users whose call events the engine fetches, by id; `watching`: whose events as agents.

    `heard`: FreeSWITCH's own events, the truth. `reports`: what agents reported. `muted`: legs whose user is not heard.
    `revoked`: numbers of users whose token is not valid any more.
    """

    def __init__(self, now: float, rng: random.Random, plan: Plan | None = None, *, by_phone: bool = False) -> None:
        self.plan = plan or standard()
        self.faults = Faults()
        self.rows = Rows()
        self.bound: set[int] = set()
        self.watching: set[int] = set()
        self.reports: list[Fields] = []
        self.muted: set[str] = set()
        self.revoked: set[str] = set()
        self.heard: list[Headers] = []
        self._said: list[Told] = []
        self._files: dict[str, int] = {}
        self.switch = WebitelSwitch(now, rng, self._hear, self.plan)
        self.people = WebitelPeople(self.switch, by_phone=by_phone)
        self.centre = Centre(self.plan, self.switch, self._tell_agent, self.rows.tasks)
        self.people.stands = self.centre.stand

    def user_by_token(self, token: str) -> UserPlan | None:
        """Whose access token this is."""
        return next((each for each in self.plan.users if each.token == token and each.number not in self.revoked), None)

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
        name = headers["Event-Name"]
        if leg is not None:
            self._tell_of(headers, leg)
            if name == "CHANNEL_PROGRESS" and leg.originator is not None and not leg.originator.answered:
                self._tell_of(headers, leg.originator)  # the caller is told that it rings
            if name == "CHANNEL_ANSWER" and "wbt_eavesdrop_agent_id" in leg.variables:
                self.tell_spied(leg, leg.variables["wbt_eavesdrop_state"], "joined")
            if name == "CHANNEL_DESTROY":
                self._ended(leg)
        self.centre.heard(headers)

    def _ended(self, leg: Leg) -> None:
        """The end of one who listens is told; a talk was recorded."""
        if "wbt_eavesdrop_agent_id" in leg.variables:
            self.tell_spied(leg, "none", "leave")
        row = self.rows.rows.get(leg.uid)
        if row is not None and leg.bridged and leg.user:
            self._files[leg.uid] = len(self._files) + 1

    def tell_spied(self, spy: Leg, state: str, kind: str = "") -> None:
        """Both legs are told how the one listens to the other."""
        spied = self.switch.legs.get(spy.variables["wbt_eavesdrop_agent_id"])
        for leg, said in ((spy, "notify"), (spied, kind or state)):
            if leg is not None and leg.alive:
                self.switch.say("WEBITEL_EAVESDROP", leg, Type=said, State=state)

    def lose_heartbeat(self, uid: str) -> None:
        """Three heartbeats of a leg did not come: it is told as over, though FreeSWITCH said nothing."""
        user = self.plan.user(self.switch.legs[uid].user)
        self._pass_on(heartbeat_lost(self.plan, uid, "" if user is None else str(user.id), self.switch.us // 1000))

    def files_of(self, uid: str) -> list[int]:
        """The ids of a call's recordings, once it is in the history."""
        self.rows.settle(self.switch.now)
        past = {row.fields["id"] for row in self.rows.history(self.switch.now)}
        return [self._files[uid]] if uid in self._files and uid in past else []

    def _tell_agent(self, user: UserPlan, name: str, data: Fields) -> None:
        self.tell(Told(user.id, name, data))

    def _tell_of(self, headers: Headers, leg: Leg) -> None:
        call = call_event(self.plan, headers, leg)
        if call is not None:
            self._pass_on(call)

    def _pass_on(self, call: Fields) -> None:
        self.rows.lag_s = self.faults.list_lag_s
        self.rows.hear(self.switch.now, call)
        if call["user_id"]:
            self.tell(Told(int(call["user_id"]), "call", {"call": call}))
