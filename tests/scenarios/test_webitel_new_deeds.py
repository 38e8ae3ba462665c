"""Whatever operators ask for at a simulated Webitel, and whatever their links miss: calls stay whole, commands end."""

import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable

import msgspec
import pytest
from connector_webitel.new.actions import FEATURES
from connector_webitel.new.history import Gap, missed
from connector_webitel.new.session import EngineSession
from connector_webitel.rest import own, question
from cti_connector.session import Turn
from cti_model.calls import Cause, Command
from cti_model.commands import CommandOutcome, CommandRefused, CommandRequest, CommandResult, ErrorCode
from cti_model.ids import connection_id
from cti_model.records import CallRecord, all_records
from cti_simulators.freeswitch.exchange import Headers
from cti_simulators.scenario import parse, perform
from cti_simulators.scenario.chance import bustle
from cti_simulators.webitel.new import rest
from cti_simulators.webitel.new.plan import standard, token_of
from cti_simulators.webitel.new.session import EngineSession as Socket

from tests.scenarios.test_webitel_new_chance import WORLD, lawful
from tests.scenarios.webitel_new import OPERATORS, Stage

TO = (*OPERATORS, "3000", "84951234567", "777")
JOINS = (Command.COMPLETE_TRANSFER, Command.CANCEL_TRANSFER)


class Deeds(Stage):
    """A stage whose operators command, and whose links ask the history about what they missed."""

    def __init__(self) -> None:
        self.gaps: list[Gap] = []
        self.results: dict[tuple[int, int], CommandResult] = {}
        self.sent: dict[tuple[int, int], tuple[EngineSession, CommandRequest]] = {}
        super().__init__(plan=msgspec.structs.replace(standard(), recorded=True))
        self.picture.state.features = FEATURES

    def open(self, operator: str) -> EngineSession:
        return EngineSession(self.picture, operator, token_of(operator), self._heard, away=self.gaps.append)

    def _take(self, link: EngineSession, socket: Socket, turn: Turn) -> None:
        self.results |= {(id(link), number): result for number, result in turn.results}
        super()._take(link, socket, turn)

    def command(self, operator: str, request: CommandRequest) -> None:
        """An operator asks for something; raises `CommandRefused`."""
        link, socket = self._links[operator]
        number = len(self.sent) + 1
        turn = link.command(request, number, self._at)
        self.sent[id(link), number] = link, request
        self._take(link, socket, turn)
        self.hear()

    def something(self, rng: random.Random) -> None:
        """Something that is offered to somebody now."""
        operator = rng.choice([each for each in OPERATORS if each in self._links])
        legs = [each for each in self.picture.state.legs.values() if each.device == operator]
        offers = [(Command.MAKE_CALL, "")] if not legs else []
        for leg in legs:
            connection = leg.connection
            offers += [(verb, leg.connection_id) for verb in (connection.allowed if connection is not None else ())]
        if not offers:
            return
        verb, connection_id = rng.choice(offers)
        more = {"connection_id": connection_id, "to": rng.choice([each for each in TO if each != operator])}
        request = CommandRequest(command_id=f"c{len(self.sent)}", verb=verb, device=operator, digits="1#", **more)
        try:
            self.command(operator, request)
        except CommandRefused as refused:
            if verb not in JOINS or refused.code is not ErrorCode.WRONG_STATE:
                raise  # what is offered can be asked for, but that the call a consultation is about may be over

    def fill(self) -> None:
        """The history answers about what was missed, once a call that ended just before is in it."""
        gaps = [each for each in self.gaps if each.until.timestamp() + 3 <= self.now]
        self.gaps[:] = [each for each in self.gaps if each not in gaps]
        for gap in gaps:
            query = question(gap, gap.since)
            _, body, _ = rest.get(self.house, "/api/calls/history", query, token_of(gap.device))
            found = own(json.loads(body), gap)
            self.events += missed(self.picture.state, gap.device, found, gap.until, self._at)
            self.picture.state.answered(gap.device)


@pytest.mark.parametrize("seed", range(400, 403))
def test_what_is_offered_can_be_asked_for_and_ends(seed):
    stage, rng = Deeds(), random.Random(seed)
    bustle(stage, WORLD, rng, 60, lambda: stage.something(rng) if rng.random() < 0.5 else None)
    perform(parse("wait 90s"), stage)
    lawful(stage)
    assert len(stage.sent) > 10
    outcomes = []
    for key, (link, request) in stage.sent.items():
        result = stage.results.get(key)
        final = result if result is not None and result.outcome.final else link.give_up(key[1])
        outcomes.append((request.verb, final.outcome, final.message))
    observed = [each for each in outcomes if each[1] is CommandOutcome.OBSERVED]
    assert len(observed) > 0.8 * len(outcomes), [each for each in outcomes if each not in observed]


@pytest.mark.parametrize("seed", [*range(500, 503), 606, 611, 877])
def test_nothing_is_lost_where_the_history_is_asked(seed):
    stage, rng = Deeds(), random.Random(seed)

    def something_happens() -> None:
        if rng.random() < 0.05:
            stage.cut(rng.choice(OPERATORS))
        if rng.random() < 0.1:
            stage.connect(rng.choice(OPERATORS))
        if rng.random() < 0.1:
            stage.fill()

    bustle(stage, WORLD, rng, 150, something_happens)
    for each in OPERATORS:
        stage.connect(each)
    perform(parse("wait 90s"), stage)
    stage.fill()
    for _ in range(3):
        stage.compare()
        perform(parse("wait 30s"), stage)
        stage.fill()
    lawful(stage)
    ends = [each.fact.cause for each in stage.events if each.kind == "connection_cleared"]
    assert Cause.LOST not in ends
    past = [each.past for each in stage.house.rows.history(stage.now)]
    agree(all_records(stage.events), past, steady(stage.house.heard))


def agree(rows: list[CallRecord], past: list[dict], is_steady: Callable[[str], bool]) -> None:
    """Each leg of an operator is one row, as long as Webitel itself says.

    But where the other side changed: who was there before, the history does not know.
    """
    mine = {connection_id("demo", "webitel", "", each["id"]): each for each in past if each["extension"]}
    told = Counter(row.connection_id for row in rows)
    same = {each["id"] for each in past if is_steady(each["id"])}
    assert len(same) > len(past) / 3
    assert [each["id"] for key, each in mine.items() if each["id"] in same and told[key] != 1] == []
    changed = len(past) - len(same)
    assert len(mine) - changed <= len(rows) <= len(mine) + changed
    for row in rows:
        leg = mine.get(row.connection_id)
        if leg is not None and leg["id"] in same:
            assert row.device == leg["extension"]
            over, began = leg["hangup_at"] / 1000, row.started_at.timestamp()  # it may be told of after it began
            assert row.ended_at.timestamp() == pytest.approx(over, abs=0.01), leg
            held = sum(max(0.0, each["finish"] / 1000 - max(began, each["start"] / 1000)) for each in leg["hold"] or ())
            whole = 0.5 + len(leg["hold"] or ())  # lists tell whole seconds of each hold
            assert row.hold_s == pytest.approx(held, abs=whole), leg
            answered = leg["bridged_at"] or leg["answered_at"] * bool(row.answered_at)
            talked = over - max(began, answered / 1000) - held if answered else 0.0
            assert row.talk_s == pytest.approx(talked, abs=whole), leg


def steady(heard: list[Headers]) -> Callable[[str], bool]:
    """Whether a leg had one other end only, and that one this one only: as FreeSWITCH told its bridges."""
    others: defaultdict[str, list[str]] = defaultdict(list)
    for each in heard:
        if each["Event-Name"] == "CHANNEL_BRIDGE":
            pair = each["Unique-ID"], each["Bridge-B-Unique-ID"]
            for here, there in (pair, pair[::-1]):
                others[here].append(there)
    return lambda uid: len(others[uid]) <= 1 and all(len(others[each]) <= 1 for each in others[uid])


@pytest.mark.parametrize("verb", [Command.LISTEN, Command.WHISPER, Command.BARGE])
@pytest.mark.parametrize(("chief", "error"), [("104", None), ("102", ErrorCode.FORBIDDEN)])
def test_a_supervisor_is_let_into_a_talk_and_nobody_else(verb, chief, error):
    stage = Deeds()
    perform(parse('trunk 79161234567 "Ivan" calls 74950000101 as c1; 101 rings; 101 answers'), stage)
    [theirs] = [each.connection_id for each in stage.picture.state.legs.values() if each.device == "101"]
    request = CommandRequest(
        command_id="c1", verb=verb, device=chief, connection_id=theirs, roles=("supervisor",), user="chief"
    )
    stage.command(chief, request)
    perform(parse("wait 2s"), stage)
    [result] = stage.results.values()
    assert (result.outcome, result.error) == (CommandOutcome.FAILED if error else CommandOutcome.OBSERVED, error)
    spying = [leg for leg in stage.house.switch.legs.values() if leg.user == chief]
    modes = {Command.LISTEN: "muted", Command.WHISPER: "prompt", Command.BARGE: "conference"}
    assert [leg.variables["wbt_eavesdrop_state"] for leg in spying] == ([] if error else [modes[verb]])
    perform(parse("79161234567 hangs up; wait 60s"), stage)
    assert not any(event.call.alive for event in {each.call.call_id: each for each in stage.events}.values())
