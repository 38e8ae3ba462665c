"""One operator's session against a simulated Oktell without I/O: log-in, faults, old versions, restoring."""

import json
import random
from datetime import UTC, datetime

import pytest
from connector_oktell.actions import Options
from connector_oktell.operatorform import OperatorForm
from connector_oktell.picture import Picture
from connector_oktell.replay import replay
from connector_oktell.session import OktellSession
from connector_oktell.translate import State
from connector_oktell.wire import Credentials
from cti_connector.session import LinkLost, LinkRefused, Refusal, Turn
from cti_model.calls import Call, Command, ConnectionState
from cti_model.commands import CommandOutcome, CommandRefused, CommandRequest, CommandResult, ErrorCode
from cti_model.events import CallEvent, Origin
from cti_simulators.oktell.house import House
from cti_simulators.oktell.plan import Version, password_of, standard
from cti_simulators.oktell.session import OktellSession as Server
from cti_simulators.scenario import parse, script
from msgspec.structs import replace

BOOT = 1795169000.0
TICK_S = 0.02
RINGS = 'trunk 79161234567 "Ivan" calls 74950000101; 101 rings'


class Office:
    """A simulated Oktell in its own time, and operators' sessions; what comes is kept as a recording too."""

    def __init__(self, version: Version | None = None, options: Options | None = None, **faults: object) -> None:
        plan = standard()
        self.options = options or Options()
        self.house = House(BOOT, random.Random(7), replace(plan, version=version) if version is not None else plan)
        for name, value in faults.items():
            setattr(self.house.faults, name, value)
        self.picture = Picture(State("t", "oktell"))
        self.events: list[CallEvent] = []
        self.turns: list[Turn] = []
        self.results: list = []
        self.chunks: list[tuple[float, bytes]] = []
        self.redirects = 0
        self.pairs: dict[str, tuple[OktellSession, Server]] = {}

    def sits(self, device: str, *, password: str = "", login: str = "", skip_ping: bool = False) -> OktellSession:
        credentials = Credentials(login or f"u{device}", password or password_of(device))
        form = OperatorForm(
            self.picture,
            device,
            credentials,
            skip_ping=skip_ping,
            redirected=self._redirected,
            options=self.options,
        )
        mine = OktellSession(form)
        theirs = Server(self.house)
        self.pairs[device] = mine, theirs
        self.say(mine, theirs, mine.greet())
        if mine.ready:
            self.say(mine, theirs, mine.ask_snapshot(1))
        return mine

    def _redirected(self) -> None:
        self.redirects += 1

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(self.house.exchange.now, UTC)

    def people(self, text: str) -> None:
        exchange = self.house.exchange
        for pause in script(parse(text), exchange):
            while exchange.now < pause.until and not (pause.over is not None and pause.over()):
                self.passes()
        self.passes(2.5)

    def passes(self, seconds: float = TICK_S) -> None:
        exchange = self.house.exchange
        for _ in range(round(seconds / TICK_S)):
            exchange.advance(exchange.now + TICK_S)
            events = exchange.pbx.said()
            for mine, theirs in self.pairs.values():
                self._hears(mine, theirs, theirs.hear(events))
                self._take(mine, theirs, mine.quiet(self.at))

    def say(self, mine: OktellSession, theirs: Server, sent: bytes) -> None:
        for line in sent.splitlines():
            self._hears(mine, theirs, theirs.receive(line.decode())[1])

    def _hears(self, mine: OktellSession, theirs: Server, texts: list[str]) -> None:
        for text in texts:
            data = text.encode() + b"\n"
            self.chunks.append((self.at.timestamp(), data))
            self._take(mine, theirs, mine.receive(data, self.at))

    def _take(self, mine: OktellSession, theirs: Server, turn: Turn) -> None:
        self.events += turn.events
        self.results += turn.results
        self.turns.append(turn)
        self.say(mine, theirs, turn.send)

    def ask(self, device: str, verb: Command, **fields: object) -> CommandResult:
        number = self.begin(device, verb, **fields)
        self.passes(2.5)
        last = self.end_of(number)
        assert last is not None, f"{verb} has no result"
        return last

    def begin(self, device: str, verb: Command, **fields: object) -> int:
        mine, theirs = self.pairs[device]
        number = len(self.turns) + 1000
        request = CommandRequest(command_id=f"c{number}", verb=verb, device=device, **fields)  # type: ignore[arg-type]
        self._take(mine, theirs, mine.command(request, number, self.at))
        return number

    def end_of(self, number: int) -> CommandResult | None:
        (last,) = [result for each, result in self.results if each == number and result.outcome.final] or [None]
        return last

    def calls(self) -> list[Call]:
        return list({each.call.call_id: each.call for each in self.events}.values())

    def mine(self, device: str = "101") -> list:
        return [each for call in self.calls() for each in call.connections if each.device.number == device]


@pytest.mark.parametrize(
    ("faults", "how", "reason"),
    [
        ({"desktop": {"u101"}}, {}, Refusal.IN_USE),
        ({"starting": True}, {}, Refusal.NOT_AVAILABLE),
        ({}, {"password": "wrong"}, Refusal.WRONG_PASSWORD),
        ({}, {"login": "nobody"}, Refusal.WRONG_PASSWORD),
        ({"errors": {"login": {"result": 0, "error": 50025}}}, {}, Refusal.LICENCE),
        ({"errors": {"getmyuserinfo": {"result": 0}}}, {}, Refusal.OTHER),
        ({"errors": {"getmyuserinfo": {"mainpbxnumber": "105"}}}, {}, Refusal.OTHER),
    ],
)
def test_why_an_operator_is_not_let_in(faults, how, reason):
    with pytest.raises(LinkRefused) as caught:
        Office(**faults).sits("101", **how)
    assert caught.value.reason is reason


def test_a_redirection_ends_the_link_and_the_next_one_logs_in_at_once():
    office = Office(redirect={"ping"})
    with pytest.raises(LinkLost) as caught:
        office.sits("101")
    assert not isinstance(caught.value, LinkRefused)
    assert office.redirects == 1
    assert office.sits("101", skip_ping=True).ready


def test_an_old_oktell_is_refused_or_offers_less():
    with pytest.raises(LinkRefused):
        Office(Version(dated=120101)).sits("101")
    office = Office(Version(dated=121231))
    session = office.sits("101")
    office.people(RINGS)
    (mine,) = office.mine()
    assert Command.ANSWER not in mine.allowed
    assert Command.CLEAR in mine.allowed
    request = CommandRequest(command_id="x", verb=Command.ANSWER, device="101", connection_id=mine.connection_id)
    with pytest.raises(CommandRefused) as caught:
        session.command(request, 1, office.at)
    assert caught.value.code is ErrorCode.NOT_SUPPORTED


def test_answers_in_parts_and_garbage_change_nothing():
    office = Office(multipart_over=200)
    session = office.sits("101")
    assert session.ready
    for data in (b"garbage\n", b'["linestatechanged"]\n', b'["x",{"qid":"101.getextendedlineinfo.999"}]\n', b"[1]\n"):
        session.receive(data, office.at)
    office.people(f"{RINGS}; 101 answers; 79161234567 hangs up")
    assert [each.state for each in office.mine()] == [ConnectionState.NULL]


def test_a_method_that_oktell_refuses_says_why():
    office = Office(errors={"pbxautocallstart": {"result": 0, "errormsg": "no way"}})
    office.sits("101")
    office.passes(2.5)
    result = office.ask("101", Command.MAKE_CALL, to="102")
    assert (result.outcome, result.error, result.message) == (CommandOutcome.FAILED, ErrorCode.REFUSED, "no way")
    assert office.picture.state.desks["101"].goal == "", "the next caller without a number is not 102"


def test_a_command_that_nothing_is_seen_of_is_unknown():
    office = Office(silent={"pbxautocallstart"})
    session = office.sits("101")
    request = CommandRequest(command_id="x", verb=Command.MAKE_CALL, device="101", to="102")
    office._take(*office.pairs["101"], session.command(request, 7, office.at))
    assert session.give_up(7).outcome is CommandOutcome.UNKNOWN


def test_the_comparison_is_answered_and_finds_nothing_when_nothing_was_missed():
    office = Office()
    office.sits("101")
    office.people(f"{RINGS}; 101 answers")
    mine, theirs = office.pairs["101"]
    before = len(office.events)
    office.turns.clear()
    office.say(mine, theirs, mine.ask_snapshot(2))
    (found,) = [each.reconciled for each in office.turns if each.reconciled is not None]
    assert (found.number, found.differences) == (2, 0)
    assert len(office.events) == before


@pytest.mark.parametrize(
    "meanwhile", ["101 holds", "79161234567 hangs up", "101 holds; 101 consults 102; 102 rings; 102 answers"]
)
def test_a_new_leader_goes_on_with_the_calls_that_are_known(meanwhile):
    office = Office()
    office.sits("101")
    office.people(f"{RINGS}; 101 answers")
    known = office.calls()
    office.pairs.clear()
    office.people(meanwhile)
    office.picture = Picture(State("t", "oktell"))
    office.picture.restore(known, ())
    office.sits("101")
    office.passes(3)
    ids = {each.call_id for each in known}
    news = [each for each in office.events if each.origin is Origin.RECONCILED]
    assert ids <= {each.call.call_id for each in news}
    main = next(each for each in office.calls() if each.call_id in ids)
    assert main.alive == ("hangs" not in meanwhile)
    if "holds" in meanwhile:
        assert next(c.state for c in main.connections if c.device.number == "101") is ConnectionState.HELD
    if main.alive:
        office.people("101 hangs up; wait 2s")
    told = [each.call.version for each in office.events if each.call.call_id == main.call_id]
    assert told == list(range(1, len(told) + 1)), "versions go on where the former leader was"


def test_commands_from_hold_to_a_given_up_consultation():
    office = Office()
    office.sits("101")
    office.sits("102")
    office.people(f"{RINGS}; 101 answers")
    (mine,) = office.mine()
    about = {"connection_id": mine.connection_id}
    for verb in (Command.HOLD, Command.RETRIEVE):
        assert office.ask("101", verb, **about).outcome is CommandOutcome.OBSERVED, verb
    asked = office.ask("101", Command.CONSULT, **about, to="102")
    assert asked.outcome is CommandOutcome.OBSERVED
    office.people("102 answers")
    assert office.ask("101", Command.CANCEL_TRANSFER, **about).outcome is CommandOutcome.OBSERVED
    (mine, consultation) = office.mine()
    assert mine.state is ConnectionState.CONNECTED
    assert not consultation.alive
    assert office.ask("101", Command.CLEAR, **about).outcome is CommandOutcome.OBSERVED
    office.passes(3)
    assert not any(each.alive for each in office.calls())


@pytest.mark.parametrize("verb", [Command.WHISPER, Command.BARGE])
def test_a_supervisor_who_declines_hears_at_once_that_it_was_in_vain(verb: Command):
    office = Office(options=Options(listen=True))
    for device in ("101", "102", "103"):
        office.sits(device)
    office.people("102 calls 103; 103 rings; 103 answers")
    (theirs,) = office.mine("102")
    number = office.begin("101", verb, connection_id=theirs.connection_id, roles=("supervisor",))
    office.people("101 rings")
    assert office.end_of(number) is None, "it may still be lifted"
    office.people("101 declines")
    result = office.end_of(number)
    assert result is not None
    assert (result.outcome, result.error) == (CommandOutcome.FAILED, ErrorCode.NO_EFFECT)
    assert not office.house.pbx.rooms


def test_who_is_passed_on_waits_until_the_new_one_answers():
    office = Office()
    for device in ("101", "102", "103"):
        office.sits(device)
    office.people("101 calls 102; 102 rings; 102 answers")
    (theirs,) = office.mine("102")
    asked = office.ask("102", Command.BLIND_TRANSFER, connection_id=theirs.connection_id, to="103")
    assert asked.outcome is CommandOutcome.OBSERVED
    office.people("103 rings")
    assert [each.state for each in office.mine()] == [ConnectionState.INITIATED]
    office.people("103 answers")
    assert [each.state for each in office.mine()] == [ConnectionState.CONNECTED]
    (call,) = office.calls()
    assert call.alive


def test_a_talk_that_ends_becomes_no_conference():
    office = Office(options=Options(conference=True), errors={"buildconferencefromcommutation": {"result": 1}})
    office.sits("101")
    office.people(f"{RINGS}; 101 answers")
    number = office.begin("101", Command.MAKE_CALL, to="102", reason="conference")
    office.people("79161234567 hangs up")
    result = office.end_of(number)
    assert result is not None
    assert result.error is ErrorCode.NO_EFFECT


def test_a_hold_of_a_call_that_ends_fails_at_once():
    office = Office(errors={"pbxmakeflash": {"result": 1}})  # taken, and nothing done
    office.sits("101")
    office.people(f"{RINGS}; 101 answers")
    (talk,) = office.mine()
    number = office.begin("101", Command.HOLD, connection_id=talk.connection_id)
    office.people("79161234567 hangs up")
    result = office.end_of(number)
    assert result is not None
    assert result.error is ErrorCode.NO_EFFECT


def test_a_recording_read_again_tells_the_same():
    office = Office()
    office.sits("101")
    office.sits("102")
    office.people("101 calls 102; 102 rings; 102 answers; 101 hangs up")
    again = [json.loads(each)["fact"]["type"] for each in replay(office.chunks, "events")]
    assert again == [each.kind for each in office.events]
    rows = [json.loads(each) for each in replay(office.chunks, "records")]
    assert [each["device"] for each in rows] == ["101", "102"]
    explained = [json.loads(each) for each in replay(office.chunks, "explain")]
    assert [each["fact"] for each in explained] == again
    assert any(each["frame"] and each["frame"]["operator"] == "102" for each in explained)
    assert "sessionid" not in json.dumps(explained)


def test_a_file_that_is_no_recording_is_told():
    with pytest.raises(ValueError):
        list(replay([(0.0, b"nonsense\n")], "events"))
