"""The form between servers against a simulated Oktell without I/O: who is learned how, refusals, long messages."""

import json
import random
from datetime import UTC, datetime

import pytest
from connector_oktell.actions import Options
from connector_oktell.picture import Picture
from connector_oktell.recording import recorded
from connector_oktell.serverform import ServerForm
from connector_oktell.session import OktellSession
from connector_oktell.settings import OktellSettings
from connector_oktell.translate import State
from cti_connector.session import LinkRefused, Turn
from cti_connector.transport import websocket
from cti_model.calls import Call, Command, ConnectionState
from cti_model.commands import CommandOutcome, CommandRefused, CommandRequest, ErrorCode
from cti_model.events import CallEvent
from cti_simulators.oktell.house import House
from cti_simulators.oktell.plan import Version, standard
from cti_simulators.oktell.server import OktellServer
from cti_simulators.oktell.session import OktellSession as Server
from cti_simulators.scenario import parse, script
from msgspec.structs import replace
from pydantic import ValidationError

BOOT = 1795169000.0
TICK_S = 0.02
REFUSED = {"result": 0, "error": 50002, "errormsg": "Bad request. Unknown method"}


class Peers:
    """A simulated Oktell in its own time, and the connector's link to it."""

    def __init__(self, version: Version | None = None, **errors: dict) -> None:
        plan = standard()
        self.house = House(BOOT, random.Random(7), replace(plan, version=version) if version is not None else plan)
        self.house.faults.errors |= errors
        self.events: list[CallEvent] = []
        self.results: list = []
        self.reconciled: list = []
        self.chunks: list[tuple[float, bytes]] = []
        self.mine = OktellSession(
            ServerForm(Picture(State("t", "oktell")), OktellSettings(form="server").pace(), options=Options())
        )
        self.theirs = Server(self.house)

    def begin(self) -> "Peers":
        self.say(self.mine.greet())
        assert self.mine.ready
        self.say(self.mine.ask_snapshot(1))
        self.take(self.mine.quiet(self.at))
        return self

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(self.house.exchange.now, UTC)

    def say(self, data: bytes) -> None:
        for line in data.splitlines():
            self.hears(self.theirs.receive(line.decode())[1])

    def hears(self, texts: list[str]) -> None:
        for text in texts:
            data = text.encode() + b"\n"
            self.chunks.append((self.at.timestamp(), data))
            self.take(self.mine.receive(data, self.at))

    def take(self, turn: Turn) -> None:
        self.events += turn.events
        self.results += turn.results
        self.reconciled += [turn.reconciled] if turn.reconciled else []
        self.say(turn.send)

    def people(self, text: str) -> None:
        exchange = self.house.exchange
        for pause in script(parse(text), exchange):
            while exchange.now < pause.until and not (pause.over is not None and pause.over()):
                self.passes(TICK_S)
        self.passes(2.5)

    def passes(self, seconds: float) -> None:
        exchange = self.house.exchange
        for _ in range(round(seconds / TICK_S)):
            exchange.advance(exchange.now + TICK_S)
            self.hears(self.theirs.hear(exchange.pbx.said()))
            self.take(self.mine.quiet(self.at))

    def ask(self, verb: Command, number: int = 1, **fields) -> None:
        request = CommandRequest(command_id="c", verb=verb, **fields)
        self.take(self.mine.command(request, number, self.at))
        self.passes(2.5)

    def calls(self) -> list[Call]:
        return list({each.call.call_id: each.call for each in self.events}.values())

    def devices(self) -> set[str]:
        return {each.device.number for call in self.calls() for each in call.connections}


TALK = "101 calls 102; 102 rings; 102 answers"


def test_everybody_is_known_by_oktells_list_and_nobody_signs_in():
    peers = Peers().begin()
    assert [(each.number, each.differences) for each in peers.reconciled] == [(1, 4)], "four users' states"
    peers.people(f"{TALK}; 101 hangs up")
    (call,) = peers.calls()
    assert not call.alive
    assert peers.devices() == {"101", "102"}
    assert "login" not in {name for name, _ in peers.theirs.heard}
    assert peers.house.tried == {}


def test_where_there_is_no_list_each_user_is_learned_from_their_first_event():
    peers = Peers(getallusernumbers=REFUSED).begin()
    assert [each.number for each in peers.reconciled] == [1]
    peers.people(f"{TALK}; wait 1s")
    asked = [body["userlogin"] for name, body in peers.theirs.heard if name == "getmyuserinfo"]
    assert sorted(asked) == ["u101", "u102"], "once each"
    assert peers.devices() == {"101", "102"}
    peers.people("102 hangs up")
    assert not any(each.alive for each in peers.calls())


@pytest.mark.parametrize(
    ("errors", "says"),
    [
        ({"whoareyou": {"result": 0, "errormsg": "no servers here"}}, "takes no server: iam says no servers here"),
        ({"getextendedlineinfo": REFUSED}, "tells no lines to a server: getextendedlineinfo says Bad request"),
    ],
)
def test_what_oktell_refuses_to_a_server_is_said(errors, says):
    with pytest.raises(LinkRefused, match=says):
        Peers(**errors).begin()


def test_what_oktell_asks_is_answered():
    peers = Peers().begin()
    questions = [
        ["ping", {"qid": "1"}],
        ["whoareyou", {"qid": "2"}],
        ["getactiveusers", {"qid": "3"}],
        ["showform", {"qid": "4"}],
    ]
    sent = b"".join(peers.mine.receive(json.dumps(each).encode() + b"\n", peers.at).send for each in questions)
    answers = {body["qid"]: (name, body) for name, body in map(json.loads, sent.splitlines())}
    assert {qid: name for qid, (name, _) in answers.items()} == {
        "1": "pong", "2": "iam", "3": "activeusers", "4": "showformresult"
    }  # fmt: skip
    assert {each["userlogin"] for each in answers["3"][1]["users"]} == {"u101", "u102", "u103", "u104"}
    assert answers["4"][1]["result"] == 0


def test_commands_are_done_in_the_name_of_the_user_and_a_long_one_goes_in_parts():
    peers = Peers().begin()
    peers.ask(Command.SET_AGENT_STATE, device="102", agent_state="Перерыв " * 300)
    assert peers.results[-1][1].outcome is CommandOutcome.OBSERVED
    said = next(body for name, body in reversed(peers.theirs.heard) if name == "setuserstate")
    assert (said["userlogin"], said["lunchreasonmsg"]) == ("u102", "Перерыв " * 300)
    peers.ask(Command.MAKE_CALL, 2, device="101", to="104")
    peers.people("101 answers; 104 rings; 104 answers")
    (mine,) = [each for call in peers.calls() for each in call.connections if each.device.number == "101"]
    peers.ask(Command.HOLD, 3, connection_id=mine.connection_id)
    assert [result.outcome for number, result in peers.results if number == 3][-1] is CommandOutcome.OBSERVED
    (mine,) = [each for call in peers.calls() for each in call.connections if each.device.number == "101"]
    assert mine.state is ConnectionState.HELD
    with pytest.raises(CommandRefused) as caught:
        peers.ask(Command.MAKE_CALL, 4, device="555", to="104")
    assert caught.value.code is ErrorCode.NOT_CONNECTED


def test_what_is_answered_at_once_is_no_work_any_more():
    peers = Peers().begin()
    peers.ask(Command.SNAPSHOT, 1, device="101")
    peers.ask(Command.SET_AGENT_STATE, 2, device="101", agent_state="dnd")
    assert [(number, result.outcome.final) for number, result in peers.results][-1] == (2, True)
    assert peers.mine._form._lines._at_work == {}


def test_a_comparison_that_ends_in_the_middle_of_what_is_read_is_told():
    peers = Peers().begin()
    peers.say(peers.mine.ask_snapshot(2))
    answers: list[bytes] = []
    peers.hears = lambda texts: answers.extend(text.encode() + b"\n" for text in texts)
    for _ in range(4):
        peers.house.exchange.advance(peers.house.exchange.now + 4)
        peers.take(peers.mine.quiet(peers.at))
    talk = peers.mine._form._lines._roster.at("101")
    assert talk is not None
    peers.say(talk.catch_up())
    turn = peers.mine.receive(b"".join(answers), peers.at)
    assert turn.reconciled is not None
    assert turn.reconciled.number == 2


def test_an_old_oktell_is_known_by_the_version_that_it_says():
    peers = Peers(Version(build="2.9.0.130801", dated=130801)).begin()
    peers.people("102 calls 101; 101 rings")
    (mine,) = [each for call in peers.calls() for each in call.connections if each.device.number == "101"]
    assert Command.ANSWER not in mine.allowed
    assert Command.CLEAR in mine.allowed


def test_a_recording_of_this_form_tells_whose_line_each_frame_is_about():
    peers = Peers().begin()
    peers.people(TALK)
    found = {each.device for each in recorded(peers.chunks) if not each.method}
    assert found == {"101", "102"}


async def test_a_wrong_secret_of_the_server_is_a_refusal_and_none_is_not():
    server = OktellServer(basic="Y3JtOnMzY3JldA==")
    await server.start()
    try:
        with pytest.raises(LinkRefused, match="refuses name or secret"):
            await websocket(server.url, basic=("crm", "wrong"))()
        with pytest.raises(Exception, match="401") as caught:
            await websocket(server.url)()
        assert not isinstance(caught.value, LinkRefused)
        await (await websocket(server.url, basic=("crm", "s3cret"))()).close()
    finally:
        await server.stop()


def test_settings_of_this_form_need_no_key_and_a_whole_log_in():
    OktellSettings(form="server")
    OktellSettings(form="server", server_login="crm", server_secret="s")
    for bad in ({"server_login": "crm"}, {"server_secret": "s"}, {"server_login": "a:b", "server_secret": "s"}):
        with pytest.raises(ValidationError):
            OktellSettings(form="server", **bad)
    with pytest.raises(ValidationError, match="credentials_key is needed"):
        OktellSettings()
