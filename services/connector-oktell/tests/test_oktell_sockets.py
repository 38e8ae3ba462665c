"""The connection itself over real sockets: redirection to the TLS port, messages in parts, the farewell."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from connector_oktell.address import Address
from connector_oktell.operatorform import OperatorForm
from connector_oktell.picture import Picture
from connector_oktell.session import OktellSession
from connector_oktell.settings import OktellSettings
from connector_oktell.translate import State
from connector_oktell.wire import Credentials, Decoder, Frame, in_parts
from cti_connector.conversation import LinkSettings
from cti_connector.link import Link
from cti_connector.session import Refusal
from cti_connector.testing import DEADLINE_S, certified, presenting
from cti_connector.transport import websocket
from cti_simulators.oktell.plan import Version, password_of, standard
from cti_simulators.oktell.server import OktellServer
from msgspec.structs import replace

QUICK = LinkSettings(backoff_first_s=0.02, backoff_most_s=0.05, refused_wait_s=600)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certified(tmp_path_factory.mktemp("tls") / "oktell.pem")


@asynccontextmanager
async def plain_and_secure(certificate: Path) -> AsyncIterator[tuple[OktellServer, OktellServer]]:
    """One that sends everybody to its TLS port, and that port."""
    plain, secure = OktellServer(), OktellServer(tls=presenting(certificate))
    plain.faults.redirect.add("ping")
    await plain.start()
    await secure.start()
    try:
        yield plain, secure
    finally:
        await plain.stop()
        await secure.stop()


class Ears:
    """Hears what a link tells."""

    def __init__(self) -> None:
        self.links: list[str] = []

    def events(self, events): ...
    def agents(self, events): ...
    def operator(self, event): ...
    def raw(self, data, at, who=""): ...

    def link(self, kind, detail):
        self.links.append(f"{kind}: {detail}")


@asynccontextmanager
async def links(address: Address, *devices: str) -> AsyncIterator[list[Link]]:
    picture = Picture(State("t", "oktell"))

    def session(device: str) -> OktellSession:
        credentials = Credentials(f"u{device}", password_of(device))
        form = OperatorForm(picture, device, credentials, skip_ping=address.redirected, redirected=address.redirect)
        return OktellSession(form)

    made = [Link(QUICK, address.open, lambda each=each: session(each), Ears()) for each in devices]
    tasks = [asyncio.create_task(each.run()) for each in made]
    try:
        yield made
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def address_of(plain: OktellServer, secure: OktellServer, certificate: Path) -> Address:
    key = base64.b64encode(bytes(32)).decode()
    return OktellSettings(
        credentials_key=key, url=plain.url, redirect_port=secure.port, tls_ca_file=certificate
    ).address()


async def until(condition) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not condition():
            await asyncio.sleep(0.01)


def methods(server: OktellServer) -> set[str]:
    return {name for session in server.connections for name, _ in session.heard}


async def test_all_follow_one_redirection_and_nobody_signs_in_at_the_plain_port(certificate):
    async with plain_and_secure(certificate) as (plain, secure):
        heard: set[str] = set()
        address = address_of(plain, secure, certificate)
        async with links(address, "101", "102", "103") as made:

            def all_in() -> bool:
                heard.update(methods(plain))
                return all(each.connected for each in made)

            await until(all_in)
            assert set(secure.house.online) == {"u101", "u102", "u103"}
            assert heard <= {"ping"}
            assert plain.house.online == {}


async def test_who_is_sent_away_from_the_tls_port_too_is_refused(certificate):
    async with plain_and_secure(certificate) as (plain, secure):
        secure.faults.redirect.add("login")
        async with links(address_of(plain, secure, certificate), "101") as (link,):
            await until(lambda: link.refused is Refusal.OTHER)
            assert "sends us away from there too" in link.last_error
            assert not link.connected


async def test_when_the_tls_port_is_gone_oktell_is_asked_again_where_it_was(certificate):
    async with (
        plain_and_secure(certificate) as (plain, secure),
        links(address_of(plain, secure, certificate), "101") as (link,),
    ):
        await until(lambda: link.connected)
        plain.faults.redirect.clear()
        await secure.stop()
        await until(lambda: plain.house.online == {"u101": 1} and link.connected)


@pytest.mark.parametrize(("dated", "says"), [(120201, "Oktell of 120201 is too old"), (131217, "")])
async def test_an_old_oktell_is_refused_and_one_without_some_methods_is_not(dated, says):
    server = OktellServer(replace(standard(), version=Version(dated=dated)))
    await server.start()
    try:
        address = Address(server.url, server.url, lambda url: websocket(url, subprotocol="json"))
        async with links(address, "101") as (link,):
            await until(lambda: link.connected or link.refused is not None)
            assert (says in link.last_error, link.connected) == (True, not says)
    finally:
        await server.stop()


async def test_messages_come_and_go_in_parts():
    server = OktellServer()
    await server.start()
    try:
        transport = await websocket(server.url, subprotocol="json")()
        decoder = Decoder()

        async def ask(name: str, **fields: object) -> Frame:
            sent = in_parts(Frame(name, {"qid": name, **fields}), f"id-{name}", 60)
            assert sent.count(b"\n") > 1
            transport.write(sent)
            async with asyncio.timeout(DEADLINE_S):
                while not (found := decoder.feed(await transport.read())):
                    pass
            (answer,) = found
            return answer

        server.faults.multipart_over = 50
        credentials = {"Password": "x", "password": "d" * 80, "note": "пароль " * 20}
        assert (await ask("login", userlogin="u101", **credentials)).fields[
            "errormsg"
        ] == "Wrong login/pass combination"
        (session,) = server.connections
        assert session.heard[-1][1]["note"] == credentials["note"]
        assert not (await ask("getpbxnumbers", mode="full" * 20)).ok
        await transport.close()
    finally:
        await server.stop()


async def test_who_gives_a_link_up_signs_out():
    server = OktellServer()
    await server.start()
    try:
        address = Address(server.url, server.url, lambda url: websocket(url, subprotocol="json"))
        async with links(address, "101") as (link,):
            await until(lambda: link.connected)
            (session,) = server.connections
        await until(lambda: not server.connections)
        assert session.heard[-1][0] == "logout"
        assert session.heard[-1][1]["userlogin"] == "u101"
    finally:
        await server.stop()
