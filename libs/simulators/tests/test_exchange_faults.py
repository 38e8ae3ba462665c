"""What the behaving Asterisk does wrong when it is asked to: over real sockets."""

import asyncio

import pytest
from cti_simulators.asterisk.exchange.server import AsteriskServer
from cti_simulators.scenario import parse

from .exchange_client import DEADLINE_S, TALK, client, serving


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
