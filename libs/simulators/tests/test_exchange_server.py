"""The behaving server over real sockets."""

import asyncio

import pytest
from cti_simulators.scenario import parse

from .exchange_client import DEADLINE_S, TALK, channel, client, serving


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
