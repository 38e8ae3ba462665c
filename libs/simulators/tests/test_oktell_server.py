"""The simulated Oktell over real WebSockets, used by a client that behaves as oktell.js does."""

import asyncio
import random
import urllib.error
import urllib.request
from contextlib import asynccontextmanager

import pytest
from cti_simulators import demonstration
from cti_simulators.oktell import demo
from cti_simulators.oktell.client import OktellJs, Refused
from cti_simulators.oktell.faults import WRONG
from cti_simulators.oktell.frames import Assembly, BadFrame, decode, encode, hashes, split
from cti_simulators.oktell.library import Library
from cti_simulators.oktell.plan import Version, password_of, standard
from cti_simulators.oktell.server import OktellServer
from cti_simulators.oktell.state import ZERO
from cti_simulators.scenario import parse
from msgspec.structs import replace
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidHandshake

CLIENT = "89271112233"


@asynccontextmanager
async def running(plan=None, **options):
    server = OktellServer(plan, rng=random.Random(5), **options)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@asynccontextmanager
async def signed_in(server, number="101", **login):
    client = OktellJs(server.url, f"u{number}", password_of(number))
    try:
        await client.connect(**login)
        yield client
    finally:
        await client.close()


def frames(client):
    """The server's frames since the last time but line info: what a scenario's table of frames shows."""
    seen = [(name, body) for name, body in client.received if not name.startswith(("getextended", "pbxnumber"))]
    client.received.clear()
    return [
        name.removeprefix("phoneevent_")
        + "".join(f" {body[key]}" for key in ("flashtypeid", "userstateid") if key in body)
        for name, body in seen
    ]


async def test_an_operator_calls_holds_takes_back_and_hangs_up():
    async with running() as server, signed_in(server) as client:
        client.received.clear()
        assert (await client.call("pbxautocallstart", number=CLIENT, sequence="user"))["result"] == 1
        assert await client.happened(f"backRingStart[{CLIENT}]") == [
            f"abonentsChange[{CLIENT}]", "stateChange(backring,ready)", "readyStop[]", f"backRingStart[{CLIENT}]",
        ]  # fmt: skip
        rang = next(body for name, body in client.received if name == "phoneevent_ringstarted")
        assert (rang["callerid"], rang["callerdirection"], rang["userlogin"]) == ("", "oktell_pbx", "u101")
        assert frames(client) == [
            "pbxautocallstartresult", "userstatechanged 5", "acmcallstarted", "linestatechanged", "ringstarted",
        ]  # fmt: skip
        await server.perform(parse("101 answers"))
        assert await client.happened(f"callStart[{CLIENT}]") == [
            "stateChange(call,backring)", f"backRingStop[{CLIENT}]", f"callStart[{CLIENT}]",
        ]  # fmt: skip
        assert frames(client) == ["ringstopped", "linestatechanged"]
        await server.perform(parse(f"{CLIENT} rings; {CLIENT} answers"))
        assert await client.happened(f"talkStart[{CLIENT}]") == [
            "stateChange(talk,call)", f"callStop[{CLIENT}]", f"talkStart[{CLIENT}]",
        ]  # fmt: skip
        assert frames(client) == ["acmcallstopped", "linestatechanged", "commstarted"]
        await client.call("pbxmakeflash", mode="switch")
        assert await client.happened("readyStart[]") == [
            f"holdAbonentEnter[{CLIENT}]", "holdStateChange(True)", "abonentsChange[]", "stateChange(ready,talk)",
            f"talkStop[{CLIENT}]", "readyStart[]",
        ]  # fmt: skip
        assert frames(client) == ["pbxmakeflashresult", "commstopped", "flashstatechanged 1", "linestatechanged"]
        await client.call("pbxmakeflash", mode="switch")
        assert await client.happened(f"talkStart[{CLIENT}]") == [
            f"holdAbonentLeave[{CLIENT}]", "holdStateChange(False)", f"abonentsChange[{CLIENT}]",
            "stateChange(talk,ready)", "readyStop[]", f"talkStart[{CLIENT}]",
        ]  # fmt: skip
        assert frames(client) == ["pbxmakeflashresult", "flashstatechanged 2", "linestatechanged", "commstarted"]
        await client.call("pbxabortcall")
        assert await client.happened("readyStart[]") == [
            "abonentsChange[]", "stateChange(ready,talk)", f"talkStop[{CLIENT}]", "readyStart[]",
        ]  # fmt: skip
        assert frames(client) == ["pbxabortcallresult", "commstopped", "linestatechanged", "userstatechanged 1"]


async def test_an_operator_connects_a_caller_and_the_one_consulted():
    one = "79050001122"
    async with running() as server, signed_in(server) as client:
        client.received.clear()
        await server.perform(parse(f"trunk {one} calls 74950000101; 101 rings"))
        assert await client.happened(f"ringStart[{one}]") == [
            f"abonentsChange[{one}]", "stateChange(ring,ready)", "readyStop[]", f"ringStart[{one}]",
        ]  # fmt: skip
        assert frames(client) == ["userstatechanged 5", "linestatechanged", "ringstarted"]
        await client.call("pbxanswercall")
        assert await client.happened(f"talkStart[{one}]") == [
            "stateChange(talk,ring)", f"ringStop[{one}]", f"talkStart[{one}]",
        ]  # fmt: skip
        assert frames(client) == ["pbxanswercallresult", "ringstopped", "commstarted", "linestatechanged"]
        await client.call("pbxautocallstart", number="103", sequence="user")
        assert await client.happened("callStart[103]") == [
            f"holdAbonentEnter[{one}]", "holdStateChange(True)", "abonentsChange[103]", "stateChange(call,talk)",
            f"talkStop[{one}]", "callStart[103]",
        ]  # fmt: skip
        assert frames(client) == [
            "pbxautocallstartresult", "commstopped", "flashstatechanged 1", "acmcallstarted", "linestatechanged",
        ]  # fmt: skip
        await server.perform(parse("103 rings; 103 answers"))
        assert await client.happened("talkStart[103]") == ["stateChange(talk,call)", "callStop[103]", "talkStart[103]"]
        assert frames(client) == ["acmcallstopped", "linestatechanged", "commstarted"]
        await client.call("pbxabortcall")
        assert await client.happened("readyStart[]") == [
            f"holdAbonentLeave[{one}]", "holdStateChange(False)", "abonentsChange[]", "stateChange(ready,talk)",
            "talkStop[103]", "readyStart[]",
        ]  # fmt: skip
        assert frames(client) == [
            "pbxabortcallresult", "commstopped", "flashstatechanged 5", "linestatechanged", "userstatechanged 1",
        ]  # fmt: skip


async def test_both_sides_of_a_call_are_told_and_each_only_of_its_own_line():
    async with running() as server, signed_in(server) as one, signed_in(server, "102") as two:
        await server.perform(parse("101 calls 102; 102 rings; 102 answers"))
        await one.happened("talkStart[102]")
        await two.happened("talkStart[101]")
        assert {body["userlogin"] for name, body in two.received if name.startswith("phoneevent")} == {"u102"}
        state = next(body for name, body in one.received if name == "pbxnumberstatechanged")
        assert state["numbers"] == [{"num": "101", "numstateid": 5}]


@pytest.mark.parametrize(
    ("login", "says"),
    [
        ({"Password": None, "password": hashes("Oktell101")[1]}, None),
        ({"password": None}, None),
        ({"Password": "0" * 32, "password": "0" * 32}, WRONG["errormsg"]),
        ({"Password": None, "password": None}, WRONG["errormsg"]),
        ({"Password": None, "password": None, "sessionid": "x"}, "Bad request. Session does not exist"),
    ],
)
async def test_either_hash_opens_and_nothing_else(login, says):
    async with running() as server:
        if says is None:
            async with signed_in(server, **login):
                assert server.house.online == {"u101": 1}
            return
        with pytest.raises(Refused, match=says):
            await OktellJs(server.url, "u101", "Oktell101").connect(**login)


async def test_a_saved_session_opens_until_logout_and_logout_closes():
    async with running() as server:
        async with signed_in(server) as client:
            session = client.session
        saved = {"Password": None, "password": None, "sessionid": session}
        with pytest.raises(Refused, match="Invalid session user"):
            await OktellJs(server.url, "u102", "").connect(**saved)
        async with signed_in(server, **saved) as client:
            await client.call("logout")
            await client.until(lambda: client.closed)
        with pytest.raises(Refused, match="Session does not exist"):
            await OktellJs(server.url, "u101", "").connect(**saved)


@pytest.mark.parametrize(
    ("fault", "error"),
    [({"desktop": {"u101"}}, 50093), ({"starting": True}, None), ({"errors": {"login": {"result": 0}}}, None)],
)
async def test_log_in_is_refused_with_the_words_that_the_client_knows(fault, error):
    async with running() as server:
        vars(server.faults).update(fault)
        with pytest.raises(Refused) as refused:
            await OktellJs(server.url, "u101", "Oktell101").connect()
        assert error is None or refused.value.answer["error"] == error
        assert server.house.online == {}


async def test_the_licence_counts_users_not_connections():
    async with running(replace(standard(), most_online=1)) as server, signed_in(server), signed_in(server):
        with pytest.raises(Refused) as refused:
            await OktellJs(server.url, "u102", "Oktell102").connect()
        assert refused.value.answer["error"] == 50025


async def test_every_answer_has_its_qid_and_a_result_and_is_in_parts_when_so_wanted():
    async with running() as server, signed_in(server) as client:
        server.faults.multipart_over = 200
        numbers = (await client.call("getpbxnumbers", mode="full"))["numbers"]
        assert [each["number"] for each in numbers] == ["101", "102", "103", "104", "200", "300"]
        assert all("result" in body for name, body in client.received if name.endswith("result"))


async def test_methods_about_the_user_the_queue_and_the_journal():
    async with running() as server, signed_in(server) as client:
        assert (await client.call("getmyuserinfo"))["mainpbxnumber"] == "101"
        assert (await client.call("getversion"))["version"]["dated"] >= 150416
        assert (await client.call("setuserstate", userstateid=2, lunchreasonid=1))["onlunch"]
        await client.until(lambda: any(body.get("userstateid") == 2 for name, body in client.received))
        await server.perform(parse("102 pauses queue support; trunk 79160000001 calls 74950000200; wait 100ms"))
        assert [each["number"] for each in (await client.call("getcurrentqueue"))["queue"]] == ["79160000001"]
        await client.call("setuserstate", userstateid=1)
        await client.happened("ringStart[79160000001]")
        await client.call("pbxanswercall")
        talk = (await client.call("getextendedlineinfo"))["chainid"]
        await client.call("pbxabortcall")
        rows = (await client.call("getpbxcalljournal", filter={"idchain": talk, "showcallcenter": True}))["data"]
        assert [(each["anumber"], each["bnumber"]) for each in rows] == [("79160000001", "101")]
        password = (await client.call("gettemphttppass", responsetowebsock=False))["password"]
        where = f"{server.url.replace('ws', 'http', 1)}{rows[0]['recordlink']}?temppass="
        assert (await asyncio.to_thread(_fetch, where + password)).startswith(b"RIFF")
        with pytest.raises(urllib.error.HTTPError, match="403"):
            await asyncio.to_thread(_fetch, where + "guessed")


def _fetch(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read()


async def test_conference_ghost_and_redirect_methods():
    async with running() as server, signed_in(server) as client, signed_in(server, "102") as other:
        await server.perform(parse("102 calls 103; 103 rings; 103 answers"))
        refused = await other.call("attachasghost", ghostedid=server.house.pbx.users["u101"].id)
        assert refused["error"] == 52710
        assert (await client.call("attachasghost", ghostedid=server.house.pbx.users["u102"].id))["result"] == 1
        await server.perform(parse("101 answers"))
        line = await client.call("getextendedlineinfo")
        about = await client.call("getconferenceinfo", conferenceid=line["abonent"]["conferenceid"])
        assert about["conference"]["isghost"]
        await client.call("pbxabortcall")
        assert (await other.call("buildconferencefromcommutation"))["result"] == 1
        people = (await other.call("getconferencecompetitors"))["competitorlist"]
        assert [each["number"] for each in people] == ["102", "103"]
        assert (await other.call("exitconference"))["result"] == 1
        assert (await client.call("saveredirectrules", redirectrule={"destinationnumber": "104"}))["result"] == 1
        await client.call("setuserstate", onredirect=True)
        await server.perform(parse("102 calls 101; 104 rings; 102 hangs up"))


async def test_an_old_server_does_not_know_newer_methods():
    old = replace(standard(), version=Version(dated=131217))
    async with running(old) as server, signed_in(server) as client:
        await server.perform(parse("102 calls 101; 101 rings"))
        assert (await client.call("pbxanswercall"))["result"] == 0
        assert (await client.call("nosuchmethod"))["result"] == 0
        assert (await client.call("pbxdeclinecall"))["result"] == 1


async def test_faults_of_answers_and_events():
    async with running() as server, signed_in(server) as client:
        server.faults.silent.add("getmyuserinfo")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.call("getmyuserinfo"), 0.1)
        server.faults.errors["getpbxnumbers"] = {"result": 0, "error": 7}
        assert (await client.call("getpbxnumbers"))["error"] == 7
        server.faults.delays_s["getuserstate"] = 0.5
        late = asyncio.create_task(client.call("getuserstate"))
        await client.call("getversion")
        assert not late.done()
        assert (await late)["userstateid"] == 1
        server.faults.lose = 1  # the user's state
        await server.perform(parse("trunk 79160000001 calls 74950000101; 101 rings"))
        await client.happened("ringStart[79160000001]")
        assert "userstatechanged 5" not in frames(client)
        server.faults.events_first = True
        await client.call("pbxdeclinecall")
        assert frames(client)[-1] == "pbxdeclinecallresult"


async def test_garbage_is_not_answered_and_a_cut_client_may_come_again():
    async with running() as server, connect(server.url, subprotocols=["json"]) as socket:
        assert socket.subprotocol == "json"
        await socket.send("no json")
        await socket.send('["ping"]')
        await socket.send(encode("getversion", {"qid": "1"}))
        assert decode(await socket.recv())[1]["errormsg"] == "Bad request. Not authorized"
        server.cut()
        await socket.wait_closed()
        server.faults.deaf = True
        with pytest.raises(InvalidHandshake):
            await connect(server.url, subprotocols=["json"])
        server.faults.deaf = False
        async with signed_in(server):
            await server.clients()


async def test_the_first_ping_can_be_answered_by_a_redirect():
    async with running() as server, connect(server.url, subprotocols=["json"]) as socket:
        server.faults.redirect = {"ping"}
        await socket.send(encode("ping", {"qid": "0.1"}))
        assert decode(await socket.recv()) == ("websocketredirect", {"qid": "0.1"})


async def test_a_server_hears_of_all_users_and_acts_for_each():
    async with running(basic="dTpw") as server:
        with pytest.raises(InvalidHandshake):
            await connect(server.url)
        async with connect(server.url, additional_headers={"Authorization": "Basic dTpw"}) as socket:
            await socket.send(encode("whoareyou", {"qid": "1", "type": "ws-server", "name": "crm", "version": "1"}))
            name, body = decode(await socket.recv())
            assert (name, body["qid"], body["type"]) == ("iam", "1", "commserver")
            await socket.send(encode("pbxautocallstart", {"qid": "2", "userlogin": "u103", "number": "104"}))
            seen = [decode(await socket.recv()) for _ in range(5)]
            assert (seen[0][0], seen[0][1]["qid"]) == ("pbxautocallstartresult", "2")
            assert {body["userlogin"] for name, body in seen if name.startswith("phoneevent")} == {"u103"}


@pytest.mark.parametrize("most", [1, 5, 20])
def test_parts_are_never_cut_within_a_character_and_come_together_in_any_order(most):
    text = encode("x", {"qid": "1", "name": "Ёжик 😀 Müller"})
    parts = [decode(each)[1] for each in split(text, most, "id")]
    assert len(parts) > 1
    random.Random(3).shuffle(parts)
    assembly = Assembly()
    assert [found for found in map(assembly.add, parts) if found] == [text]
    with pytest.raises(BadFrame):
        assembly.add({"packetcount": 1, "packetnumber": 1})


def test_hashes_are_of_windows_1251():
    assert hashes("Secret1") == ("d6cb2342e44efb6dd628276f36da2359", "e52d98c459819a11775936d8dfbb7929")
    assert hashes("Пароль1") == ("36c0a954ef35ce99ecc3626a739157ee", "10dcd8286cb863a70b894f2b6976d35f")


def test_the_library_is_never_in_talk_before_the_call_and_shows_a_chain_without_party():
    """The real library's own ways: an autocall that is through at once is a call first; an idle chain is a phantom."""
    library = Library()
    through = {"linestatestr": "lsCommutated", "chainid": "c", "abonent": {"number": "1", "iscommutated": True}}
    library.auto, library.state = True, "backring"
    assert library.line_info(through)[-1] == "callStart[1]"
    assert library.line_info(through) == ["stateChange(talk,call)", "callStop[1]", "talkStart[1]"]
    assert Library().line_info({"chainid": ZERO, "abonent": {}}) == []
    assert Library().line_info({"chainid": "c", "abonent": {}}) == ["abonentsChange[c]"]
    assert Library().line_info({"chainid": "c"}) == []


async def test_the_demonstration_goes_on_whatever_its_watchers_do():
    async with running(demo.plan(), speed=20) as server, signed_in(server) as client:
        playing = asyncio.create_task(demonstration.play(server, demonstration.QUEUED))
        try:
            while not (await client.call("pbxautocallstart", number=CLIENT))["result"]:
                await asyncio.sleep(0.01)  # not while the scene has the line
            await asyncio.wait_for(server.until(lambda: _talked(server, "101", CLIENT)), 60)
            await client.call("pbxabortcall")
            await asyncio.wait_for(server.until(lambda: _talked(server, "102", "79031112233")), 60)
            assert not playing.done()
        finally:
            playing.cancel()


def _talked(server, number, other):
    return any((each.number, each.doing, each.other) == (number, "talk", other) for each in server.house.pbx.saw)
