"""The behaving Asterisk as a process, and under load."""

import asyncio
import random
import signal
import sys

from cti_simulators.asterisk.exchange.load import Load, Traffic, plan_for

from .exchange_client import DEADLINE_S, client, serving


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


async def test_traffic_over_a_socket():
    assert await begun_until_hung_up(Traffic(50.0, ring_s=0.5, talk_s=1.0, telephones=400), 150) > 50


async def test_traffic_that_no_machine_carries_starves_nobody():
    """The exchange falls behind for ever; its clients hear all the same, and so does everything else in the loop."""
    assert await begun_until_hung_up(Traffic(1000.0, ring_s=0.01, talk_s=0.02, telephones=200), 150) > 50
