"""The behaving server over real sockets."""

import asyncio
import contextlib
import random
import signal
import sys
from collections.abc import AsyncIterator

import pytest
from cti_simulators.asterisk.exchange.load import Load, Traffic, plan_for
from cti_simulators.asterisk.exchange.plan import Manager
from cti_simulators.asterisk.exchange.server import AsteriskServer
from cti_simulators.scenario import parse

DEADLINE_S = 60
MANAGERS = {
    "cti": Manager("s3cret"),
    "ro": Manager("s3cret", read=frozenset({"call"}), write=frozenset()),
    "agent": Manager("s3cret", read=frozenset({"agent"}), write=frozenset({"agent"})),
}
TALK = """
    trunk 79161234567 "Ivan Petrov" calls 74950000101 as c1
    101 rings; 101 answers after 100ms; wait 100ms"""


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.tag = 0

    async def block(self) -> str:
        return (await self.reader.readuntil(b"\r\n\r\n")).decode()

    async def until(self, what: str) -> str:
        """All blocks up to the one that has `what` in it."""
        seen = ""
        async with asyncio.timeout(DEADLINE_S):
            while True:
                block = await self.block()
                seen += block
                if what in block:
                    return seen

    def send(self, action: str, **headers: str) -> str:
        self.tag += 1
        lines = [f"Action: {action}", f"ActionID: t{self.tag}", *(f"{key}: {value}" for key, value in headers.items())]
        self.writer.write("".join(f"{line}\r\n" for line in [*lines, ""]).encode())
        return f"ActionID: t{self.tag}\r\n"

    async def ask(self, action: str, **headers: str) -> str:
        """The answer, without what came before it."""
        seen = await self.until(self.send(action, **headers))
        return seen[seen.rindex("Response: ") :] if "Response: " in seen else seen

    async def the_list(self, action: str, end: str, **headers: str) -> str:
        tag = self.send(action, **headers)
        seen = await self.until(end)
        assert tag in seen
        return seen

    async def everything(self) -> str:
        async with asyncio.timeout(DEADLINE_S):
            with contextlib.suppress(ConnectionResetError):
                return (await self.reader.read(-1)).decode()
        return ""


@contextlib.asynccontextmanager
async def serving(dialect: str = "22", **options) -> AsyncIterator[AsteriskServer]:
    server = AsteriskServer(dialect, MANAGERS, rng=random.Random(3), **options)
    await server.start()
    try:
        yield server
    finally:
        async with asyncio.timeout(DEADLINE_S):
            await server.stop()


@contextlib.asynccontextmanager
async def client(server: AsteriskServer, user: str = "cti", **headers: str) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=2**22)
    connected = Client(reader, writer)
    try:
        async with asyncio.timeout(DEADLINE_S):
            await reader.readline()
        assert "Success" in await connected.ask("Login", Username=user, Secret="s3cret", **headers)
        yield connected
    finally:
        writer.close()


def channel(server: AsteriskServer, person: str) -> str:
    return server.exchange.pbx.legs(person)[-1].name


@pytest.mark.parametrize(("dialect", "banner"), [("22", "11.0.0"), ("13", "2.10.6"), ("11", "1.3")])
async def test_a_wrong_secret_is_told_and_then_the_connection_is_closed(dialect, banner):
    async with serving(dialect) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        assert await reader.readline() == f"Asterisk Call Manager/{banner}\r\n".encode()
        writer.write(b"Action: Login\r\nUsername: cti\r\nSecret: no\r\n\r\n")
        async with asyncio.timeout(DEADLINE_S):
            assert await reader.read(-1) == b"Response: Error\r\nMessage: Authentication failed\r\n\r\n"


@pytest.mark.parametrize("dialect", ["22", "13", "11"])
async def test_click_to_call_answers_at_once_and_tells_when_the_first_leg_answered(dialect):
    async with serving(dialect) as server, client(server) as cti:
        device = server.exchange.pbx.device("101")
        order = {"Context": "internal", "Exten": "102", "Priority": "1", "CallerID": '"CRM" <102>', "Async": "true"}
        assert "Originate successfully queued" in await cti.ask("Originate", Channel=device, **order)
        await server.perform(parse("101 rings; 101 answers after 50ms"))
        answer = (await cti.until("Event: OriginateResponse")).split("\r\n\r\n")[-2]
        assert "ActionID: t2\r\nResponse: Success" in answer
        assert "Reason: 4" in answer
        assert channel(server, "101") in answer
        await server.perform(parse("102 rings; 102 answers; 101 hangs up; wait until quiet"))


async def test_originate_keeps_the_uniqueid_that_was_asked_for():
    async with serving() as server, client(server) as cti:
        order = {"Context": "internal", "Exten": "102", "Priority": "1", "Async": "true", "ChannelId": "crm-42"}
        await cti.ask("Originate", Channel="PJSIP/101", **order)
        assert "Uniqueid: crm-42\r\n" in await cti.until("Event: Newchannel")


async def test_originate_that_is_not_async_blocks_its_session_only():
    async with serving(speed=4) as server, client(server) as blocked, client(server) as other:
        order = {"Context": "internal", "Exten": "102", "Priority": "1", "Timeout": "2000"}
        tag = blocked.send("Originate", Channel="PJSIP/101", **order)
        blocked.send("Ping")
        assert "101" in await other.until("Event: Newstate")
        seen = await blocked.until("Ping: Pong")
        assert seen.index(f"Response: Error\r\n{tag}Message: Originate failed") < seen.index("Event: Newchannel")
        assert seen.index("Event: Hangup") < seen.index("Ping: Pong")


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({"Context": "internal", "Exten": "102", "Priority": "1"}, "Channel not specified"),
        (
            {"Channel": "PJSIP/101", "Context": "internal", "Exten": "nosuch", "Priority": "1"},
            "Extension does not exist.",
        ),
        ({"Channel": "PJSIP/101", "Exten": "102"}, "Extension does not exist."),
    ],
)
async def test_originate_that_cannot_be_is_refused_at_once(headers, message):
    async with serving() as server, client(server) as cti:
        assert f"Response: Error\r\nActionID: t2\r\nMessage: {message}\r\n" in await cti.ask("Originate", **headers)


@pytest.mark.parametrize(("target", "reason"), [("PJSIP/777", "0"), ("NOTECH/1", "0")])
async def test_originate_to_nothing_is_queued_and_then_fails(target, reason):
    async with serving() as server, client(server) as cti:
        order = {"Context": "internal", "Exten": "102", "Priority": "1", "Async": "true"}
        assert "Success" in await cti.ask("Originate", Channel=target, **order)
        answer = await cti.until("Event: OriginateResponse")
        assert f"Response: Failure\r\nChannel: {target}\r\n" in answer
        assert f"Reason: {reason}\r\nUniqueid: <unknown>\r\n" in answer


@pytest.mark.parametrize("dialect", ["22", "13", "11"])
async def test_hangup_and_redirect_and_the_list_of_channels(dialect):
    async with serving(dialect) as server, client(server) as cti:
        await server.perform(parse(TALK))
        listed = await cti.the_list("CoreShowChannels", "Event: CoreShowChannelsComplete")
        assert listed.count("Event: CoreShowChannel\r\n") == 2
        assert "ListItems: 2" in listed
        asked = {"Context": "internal", "Exten": "102", "Priority": "1"}
        assert "Redirect successful" in await cti.ask("Redirect", Channel=channel(server, "c1"), **asked)
        await server.perform(parse("102 rings; 102 answers"))
        assert server.exchange.pbx.legs("101") == []
        assert "Channel Hungup" in await cti.ask("Hangup", Channel=channel(server, "c1"), Cause="16")
        await server.perform(parse("wait until quiet"))
        assert "Event: Hangup" in await cti.until("Event: Hangup")


@pytest.mark.parametrize("dialect", ["22", "13"])
async def test_blind_transfer_action(dialect):
    async with serving(dialect) as server, client(server) as cti:
        await server.perform(parse(TALK))
        asked = {"Context": "internal", "Exten": "102"}
        assert "Transfer succeeded" in await cti.ask("BlindTransfer", Channel=channel(server, "101"), **asked)
        assert "Event: BlindTransfer" in await cti.until("Event: BlindTransfer")


async def test_asterisk_11_does_not_know_newer_actions():
    async with serving("11") as server, client(server) as cti:
        for action in ("BlindTransfer", "BridgeList", "DeviceStateList", "ExtensionStateList", "PJSIPNotify"):
            wanted = f"Message: Invalid/unknown command: {action}. Use Action: ListCommands to show available commands."
            assert wanted in await cti.ask(action)


async def test_an_attended_transfer_by_asterisk_can_be_cancelled():
    async with serving() as server, client(server) as cti:
        await server.perform(parse(TALK))
        asked = {"Context": "internal", "Exten": "102", "Priority": "1"}
        name = channel(server, "101")
        assert "Atxfer successfully queued" in await cti.ask("Atxfer", Channel=name, **asked)
        await server.perform(parse("102 rings; 102 answers"))
        assert "CancelAtxfer successfully queued" in await cti.ask("CancelAtxfer", Channel=name)
        await cti.until("Event: MusicOnHoldStop")
        pbx = server.exchange.pbx
        assert [len(pbx.legs(each)) for each in ("101", "102", "c1")] == [1, 0, 1]
        assert pbx.legs("101")[0].bridge is pbx.legs("c1")[0].bridge is not None


async def test_a_desk_telephone_obeys_notify():
    async with serving() as server, client(server) as cti:
        await server.perform(parse("102 calls 101; 101 rings"))
        assert "NOTIFY sent" in await cti.ask("PJSIPNotify", Endpoint="101", Variable="Event=talk")
        await cti.until("Event: BridgeEnter")
        await cti.ask("PJSIPNotify", Endpoint="101", Variable="Event=hold")
        assert "Channel: PJSIP/101-" in (await cti.until("Event: Hold")).split("Event: Hold")[1]
        await cti.ask("PJSIPNotify", Endpoint="101", Variable="Event=talk")
        await cti.until("Event: Unhold")
        assert "Unable to retrieve endpoint 199" in await cti.ask("PJSIPNotify", Endpoint="199", Variable="Event=talk")


async def test_queue_actions_and_their_events():
    async with serving() as server, client(server) as cti:
        assert "Added interface" in await cti.ask(
            "QueueAdd", Queue="support", Interface="PJSIP/103", MemberName="A 103"
        )
        await cti.until("Event: QueueMemberAdded")
        assert "Already there" in await cti.ask("QueueAdd", Queue="support", Interface="PJSIP/103")
        assert "paused successfully" in await cti.ask("QueuePause", Interface="PJSIP/103", Paused="true", Reason="tea")
        assert "PausedReason: tea" in await cti.until("Event: QueueMemberPause")
        await server.perform(parse("trunk 79161234567 calls 74950000200 as c1; 101 rings"))
        listed = await cti.the_list("QueueStatus", "Event: QueueStatusComplete", Queue="support")
        assert listed.count("Event: QueueMember\r\n") == 3
        assert listed.count("Event: QueueEntry\r\n") == 1
        assert "Callers: 1" in await cti.the_list("QueueSummary", "Event: QueueSummaryComplete", Queue="support")
        assert "Removed interface" in await cti.ask("QueueRemove", Queue="support", Interface="PJSIP/103")
        assert "Not there" in await cti.ask("QueueRemove", Queue="support", Interface="PJSIP/103")


async def test_the_classes_of_a_user_decide_what_is_heard_and_done():
    async with serving() as server, client(server, "ro") as ro, client(server, "agent") as agent:
        assert "Permission denied" in await ro.ask("Originate", Channel="PJSIP/101")
        assert "Permission denied" in await ro.ask("CoreShowChannels")
        assert "Queue status will follow" in await ro.ask("QueueStatus")
        assert "paused successfully" in await agent.ask("QueuePause", Interface="PJSIP/101", Paused="true")
        await server.perform(parse("101 calls 102; 102 rings; 101 hangs up; wait until quiet"))
        heard = await ro.until("Event: Hangup")
        assert "agent,all" not in heard
        assert "dialplan,all" not in heard
        assert "call,all" not in await agent.until("Event: QueueMemberStatus")


async def test_other_lists():
    async with serving() as server, client(server) as cti:
        await server.perform(parse(TALK + "; 103 calls 3001"))
        assert "BridgeNumChannels: 2" in await cti.the_list("BridgeList", "Event: BridgeListComplete")
        bridge = server.exchange.pbx.legs("101")[0].bridge
        info = await cti.the_list("BridgeInfo", "Event: BridgeInfoComplete", BridgeUniqueid=bridge.uniqueid)
        assert info.count("Event: BridgeInfoChannel") == 2
        assert "Device: PJSIP/101\r\nState: INUSE" in await cti.the_list("DeviceStateList", "DeviceStateListComplete")
        hints = await cti.the_list("ExtensionStateList", "ExtensionStateListComplete")
        assert "Exten: 101\r\nContext: internal\r\nHint: PJSIP/101\r\nStatus: 1\r\nStatusText: InUse" in hints
        assert "Items: 3" in await cti.the_list("Status", "Event: StatusComplete")
        assert "Parties: 1" in await cti.the_list("ConfbridgeListRooms", "ConfbridgeListRoomsComplete")
        assert "Park successfully queued" in await cti.ask("Park", Channel=channel(server, "c1"))
        await cti.until("Event: ParkedCall")
        assert "ParkingSpace: 701" in await cti.the_list("ParkedCalls", "Event: ParkedCallsComplete")
        assert "AsteriskVersion: 22.10.1" in await cti.ask("CoreSettings")
        assert "CoreCurrentCalls: 2" in await cti.ask("CoreStatus")


async def test_variables_digits_and_recording():
    async with serving() as server, client(server) as cti:
        await server.perform(parse(TALK))
        name = channel(server, "101")
        assert "Variable Set" in await cti.ask("Setvar", Channel=name, Variable="CRM", Value="42")
        assert "Variable: CRM\r\nValue: 42" in await cti.ask("Getvar", Channel=name, Variable="CRM")
        assert "DTMF successfully queued" in await cti.ask("PlayDTMF", Channel=name, Digit="5")
        await cti.ask("MixMonitor", Channel=name, File="x.wav")
        await cti.until("Event: MixMonitorStart")
        await cti.ask("StopMixMonitor", Channel=name)
        await cti.until("Event: MixMonitorStop")
        assert "Success" in await cti.ask("MuteAudio", Channel=name, Direction="all", State="on")


@pytest.mark.parametrize(
    ("action", "headers", "message"),
    [
        ("Hangup", {}, "No channel specified"),
        ("Hangup", {"Channel": "PJSIP/none-1"}, "No such channel"),
        ("Redirect", {"Channel": "x"}, "Context not specified"),
        ("Getvar", {}, "No variable specified"),
        ("Setvar", {"Channel": "x", "Variable": "a"}, "No such channel"),
        ("QueuePause", {}, "Need 'Interface' and 'Paused' parameters."),
        ("QueueAdd", {"Queue": "nosuch", "Interface": "x/1"}, "Unable to add interface to queue: No such queue"),
        ("Bridge", {"Channel1": "a", "Channel2": "b"}, "Channel1 does not exist: a"),
        ("Atxfer", {"Channel": "a", "Exten": "1"}, "Channel specified does not exist"),
        ("MixMonitor", {"Channel": "no"}, "No such channel"),
        (
            "NoSuchAction",
            {},
            "Invalid/unknown command: NoSuchAction. Use Action: ListCommands to show available commands.",
        ),
    ],
)
async def test_errors_in_the_words_of_the_recording(action, headers, message):
    async with serving() as server, client(server) as cti:
        assert f"Message: {message}\r\n" in await cti.ask(action, **headers)


async def test_commands_of_the_command_line():
    async with serving() as server, client(server) as cti:
        await server.perform(parse(TALK))
        shown = await cti.ask("Command", Command="core show channels concise")
        assert shown.count("Output: PJSIP/") == 2
        unknown = await cti.ask("Command", Command="no such command")
        assert "Response: Error" in unknown
        assert "Output: No such command 'no such command' (type 'core show help no such' for other" in unknown


# --- faults


async def test_a_restart_takes_the_channels_down_and_begins_anew():
    async with serving(speed=20) as server, client(server) as cti:
        await server.perform(parse(TALK))
        first = server.exchange.pbx.legs("101")[0].uniqueid
        cti.send("Command", Command="core restart now")
        seen = await cti.everything()
        assert seen.count("Event: Hangup\r\n") == 2
        assert seen.rstrip().endswith("Shutdown: Cleanly\r\nRestart: True")
        again = await connected_again(server)
        async with again as cti:
            assert "ListItems: 0" in await cti.the_list("CoreShowChannels", "CoreShowChannelsComplete")
            await server.perform(parse("101 calls 102; 102 rings"))
            newborn = server.exchange.pbx.legs("101")[0]
            assert newborn.uniqueid.endswith(".0")
            assert newborn.uniqueid != first
            assert newborn.name == "PJSIP/101-00000000"


async def test_a_crash_ends_the_stream_without_a_word():
    async with serving(speed=20) as server, client(server) as cti:
        await server.perform(parse(TALK))
        await cti.until("Event: BridgeEnter")
        server.crash()
        seen = await cti.everything()
        assert "Event: Hangup" not in seen
        assert "Shutdown" not in seen
        async with await connected_again(server):
            assert server.exchange.quiet


async def connected_again(server: AsteriskServer):
    async with asyncio.timeout(DEADLINE_S):
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            except (ConnectionRefusedError, RuntimeError):
                await asyncio.sleep(0.01)
            else:
                writer.close()
                del reader
                return client(server)


async def test_a_half_open_link_is_silent_and_cut_when_it_comes_back():
    async with serving() as server, client(server) as cti:
        server.freeze()
        cti.send("Ping")
        await server.perform(parse("101 calls 102; 102 rings"))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await cti.until("Ping: Pong")
        server.thaw()
        await cti.everything()


async def test_a_deaf_server_goes_on_telling():
    async with serving() as server, client(server) as cti:
        server.deafen()
        cti.send("Ping")
        await server.perform(parse("101 calls 102; 102 rings"))
        assert "Ping: Pong" not in await cti.until("Event: Newstate")
        server.deafen(deaf=False)
        await cti.until("Ping: Pong")


async def test_events_that_are_lost_leave_a_gap_in_the_numbers():
    async with serving(numbered=True, timestamps=True) as server, client(server) as cti:
        await server.perform(parse("101 calls 102"))
        seen = await cti.until("Event: DialBegin")
        server.drop_events(2)
        await server.perform(parse("102 rings; 101 hangs up; wait until quiet"))
        seen += await cti.until(cti.send("Ping"))
        numbers = [int(line.split()[1]) for line in seen.split("\r\n") if line.startswith("SequenceNumber: ")]
        assert numbers == sorted(set(numbers))
        assert len(set(range(numbers[0], numbers[-1] + 1)) - set(numbers)) == 2
        assert all("Timestamp: " in block for block in seen.split("\r\n\r\n") if block.startswith("Event: "))


async def test_garbage_and_a_huge_header_arrive_as_they_are():
    async with serving() as server, client(server) as cti:
        await cti.until("Event: FullyBooted")
        server.send(b"\xff\xfe garbage\r\n\r\n")
        server.send_huge_header()
        async with asyncio.timeout(DEADLINE_S):
            assert await cti.reader.readuntil(b"\r\n\r\n") == b"\xff\xfe garbage\r\n\r\n"
            assert len(await cti.reader.readuntil(b"\r\n\r\n")) > 2**20


async def test_another_banner_and_a_reload():
    async with serving(banner="Asterisk Call Manager/99.9") as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        assert await reader.readline() == b"Asterisk Call Manager/99.9\r\n"
        writer.close()
        async with client(server) as cti:
            server.reload()
            assert "Module: All" in await cti.until("Event: Reload")


async def test_cut_clients_may_come_back_and_calls_go_on():
    async with serving() as server:
        async with client(server) as cti:
            await server.perform(parse(TALK))
            server.cut()
            await cti.everything()
        async with client(server) as cti:
            assert "ListItems: 2" in await cti.the_list("CoreShowChannels", "CoreShowChannelsComplete")


async def test_as_a_process_it_plays_a_scenario_for_whoever_logs_in(tmp_path):
    story = tmp_path / "story.txt"
    story.write_text("101 calls 102; 102 rings; 102 answers after 100ms; 101 hangs up after 100ms")
    command = [sys.executable, "-m", "cti_simulators.asterisk", "--behave", "--dialect", "13", "--port", "0"]
    process = await asyncio.create_subprocess_exec(*command, "--scenario", str(story), stderr=asyncio.subprocess.PIPE)
    assert process.stderr is not None
    try:
        async with asyncio.timeout(DEADLINE_S):
            line = (await process.stderr.readline()).decode()
        assert line.startswith("simulated Asterisk 13 on 127.0.0.1:")
        reader, writer = await asyncio.open_connection("127.0.0.1", int(line.rsplit(":", 1)[1]))
        writer.write(b"Action: Login\r\nUsername: cti\r\nSecret: cti-secret\r\n\r\n")
        seen = b""
        async with asyncio.timeout(DEADLINE_S):
            while seen.count(b"Event: Hangup\r\n") < 2:
                seen += await reader.readuntil(b"\r\n\r\n")
        writer.close()
        assert b"Channel: SIP/101-00000000" in seen
    finally:
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(DEADLINE_S):
            assert await process.wait() == 0


async def test_as_a_process_a_bad_scenario_is_told_in_one_line(tmp_path):
    story = tmp_path / "story.txt"
    story.write_text("101 jumps")
    command = [sys.executable, "-m", "cti_simulators.asterisk", "--behave", "--port", "0", "--scenario", str(story)]
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    async with asyncio.timeout(DEADLINE_S):
        _, told = await process.communicate()
    assert process.returncode == 1
    assert told.startswith(b"cti_simulators.asterisk: line 1: no such verb")


async def test_traffic_over_a_socket():
    assert await begun_until_hung_up(Traffic(50.0, ring_s=0.5, talk_s=1.0, telephones=400), 150) > 50


async def test_traffic_that_no_machine_carries_starves_nobody():
    """The exchange falls behind for ever; its clients hear all the same, and so does everything else in the loop."""
    assert await begun_until_hung_up(Traffic(1000.0, ring_s=0.01, talk_s=0.02, telephones=200), 150) > 50


async def begun_until_hung_up(traffic: Traffic, channels: int) -> int:
    """How many calls have begun when so many channels were hung up."""
    async with serving(plan=plan_for(traffic)) as server, client(server) as cti:
        load = Load(server.exchange, traffic, random.Random(2))
        load.start()
        server.pump()
        async with asyncio.timeout(DEADLINE_S):
            hung_up = 0
            while hung_up < channels:
                hung_up += (await cti.block()).startswith("Event: Hangup")
        load.stop()
        return load.begun
