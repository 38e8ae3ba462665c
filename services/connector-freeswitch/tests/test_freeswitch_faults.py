"""An event socket that misbehaves: cut in mid-frame, late, silent, refusing, saying goodbye; and one behind TLS."""

import asyncio
import datetime as dt
import ipaddress
import ssl
from pathlib import Path

import pytest
from connector_freeswitch.app import serve
from connector_freeswitch.settings import FreeSwitchSettings
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from cti_model.agents import AgentState
from cti_model.calls import Command, ConnectionState
from cti_model.commands import CommandOutcome, ErrorCode
from cti_model.events import Origin
from cti_runtime.health import Health
from cti_runtime.lifecycle import Runtime
from cti_simulators.freeswitch.server import FreeSwitchServer
from structlog.stdlib import get_logger

from .freeswitch_site import DEADLINE_S, Site, lawful, site

TALK = "101 calls 102; 102 rings; 102 answers"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> Path:
    """A certificate of this machine with its key, that is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "front")])
    now = dt.datetime.now(dt.UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = tmp_path_factory.mktemp("front") / "front.pem"
    path.write_bytes(private + made.public_bytes(pem))
    return path


async def test_behind_a_tls_front(nats_url, certificate):
    front = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    front.load_cert_chain(certificate)
    async with site(nats_url, front, tls=True, tls_ca_file=certificate) as here:
        await here.people(TALK + "; 101 hangs up")
        events = await here.over()
        assert {"originated", "delivered", "established", "cleared"} <= {event.kind for event in events}
        lawful(events)


async def talks_on(here: Site, began: int) -> None:
    """The link is up again, the call that went on meanwhile is known to be over, and a new one is heard of."""
    await here.until(lambda: not any(here.living(device) for device in ("101", "102")))
    await here.people("103 calls 104; 104 rings; 104 answers; 103 hangs up")
    lawful(await here.over(began + 1))


@pytest.mark.parametrize("how", ["in mid-frame", "with notice", "after lingering"])
async def test_a_connection_that_ends_is_made_again(nats_url, how):
    async with site(nats_url) as here:
        await here.people(TALK)
        await here.state("101", ConnectionState.CONNECTED)
        if how == "in mid-frame":
            here.pbx.faults.cut_next = True
            await here.people("101 hangs up")
        elif how == "with notice":
            here.pbx.dismiss_clients()
            await here.people("101 hangs up")
        else:
            here.pbx.dismiss_clients(linger=True)
            await here.people("101 holds")
            await here.state("101", ConnectionState.HELD)  # heard while it lingers
            here.pbx.drop_clients()
            await here.people("102 hangs up")
        await talks_on(here, 1)


async def test_lost_events_are_found_by_the_next_comparison(nats_url):
    async with site(nats_url, snapshot_interval_s=0.5) as here:
        await here.people(TALK)
        await here.state("101", ConnectionState.CONNECTED)
        here.pbx.faults.lose = 100
        await here.people("101 hangs up")
        await here.over()
        here.pbx.faults.lose = 0
        await talks_on(here, 1)


async def test_who_waits_and_who_pauses_while_nobody_listens_is_told_afterwards(nats_url):
    async with site(nats_url) as here:
        await here.until(lambda: here.agents.get("101") is AgentState.READY)
        here.pbx.faults.deaf = True
        here.pbx.drop_clients()
        await here.people("101 pauses queue support")
        await here.people('trunk 79161234567 "Ivan" calls 74950000200 as c1')
        here.pbx.faults.deaf = False
        await here.until(lambda: here.agents.get("101") is AgentState.NOT_READY)
        caller = await here.state("trunk", ConnectionState.QUEUED)
        assert caller.queue == "support"
        assert any(event.origin is Origin.RECONCILED and event.kind == "queued" for event in here.events)
        await here.people("101 unpauses queue support; 101 rings; 101 answers; 101 hangs up")
        lawful(await here.over())


async def test_who_meets_or_waits_while_nobody_listens_is_told_afterwards(nats_url):
    async with site(nats_url) as here:
        here.pbx.faults.deaf = True
        here.pbx.drop_clients()
        await here.people("101 calls 3001; 102 calls 3001; 103 calls 5100")
        here.pbx.faults.deaf = False
        waiting = await here.state("103", ConnectionState.QUEUED)
        assert waiting.queue == "sales"
        await here.state("101", ConnectionState.CONNECTED)
        await here.state("102", ConnectionState.CONNECTED)

        def together() -> bool:
            newest = {event.call.call_id: event.call for event in here.events}
            devices = [{each.device.number for each in call.connections if each.alive} for call in newest.values()]
            return {"101", "102"} in devices

        await here.until(together)
        await here.people("101 hangs up; 102 hangs up; 103 hangs up")
        lawful(await here.over(2))


async def test_commands_that_are_late_silent_or_refused(nats_url):
    async with site(nats_url) as here:
        await here.people(TALK)
        mine = await here.state("101", ConnectionState.CONNECTED, Command.HOLD)
        about = {"connection_id": mine.connection_id}
        here.pbx.faults.errors["uuid_hold"] = "-ERR Operation Failed\n"
        refused = await here.ask(Command.HOLD, **about)
        assert (refused.error, refused.message) == (ErrorCode.REFUSED, "Operation Failed")
        here.pbx.faults.errors.clear()
        here.pbx.faults.denied |= {"uuid_hold", "echo", "callcenter_config"}
        denied = await here.ask(Command.HOLD, **about)
        assert (denied.error, denied.message) == (ErrorCode.REFUSED, "permission denied")
        here.pbx.faults.denied.remove("uuid_hold")
        here.pbx.faults.delay_s = 0.3
        assert (await here.ask(Command.HOLD, **about)).outcome is CommandOutcome.OBSERVED
        here.pbx.faults.silent.add("uuid_audio")
        await here.until(lambda: Command.RETRIEVE in here.living("101")[-1].allowed)
        assert (await here.ask(Command.RETRIEVE, **about)).outcome is CommandOutcome.OBSERVED
        await here.state("101", ConnectionState.CONNECTED, Command.MUTE)
        nobody_knows = await here.ask(Command.MUTE, **about, deadline_s=1.0)
        assert (nobody_knows.outcome, nobody_knows.error) == (CommandOutcome.UNKNOWN, ErrorCode.LOST)


async def test_an_address_that_the_acl_does_not_know_is_told_by_health(nats_url):
    pbx = FreeSwitchServer("s3cret")
    await pbx.start()
    pbx.faults.rude = True
    stopping, health = asyncio.Event(), Health("connector-freeswitch")
    settings = FreeSwitchSettings(nats_url=nats_url, port=pbx.port, password="s3cret", pbx="rude", refused_wait_s=0.1)
    runtime = Runtime("connector-freeswitch", "test", "0", health, stopping, get_logger("test"))
    service = asyncio.create_task(serve(settings, runtime))
    try:
        async with asyncio.timeout(DEADLINE_S):
            while "this address is not allowed" not in str(health.failures(live=False)):
                await asyncio.sleep(0.02)
            pbx.faults.rude = False
            await pbx.clients()
    finally:
        stopping.set()
        await service
        await pbx.stop()
