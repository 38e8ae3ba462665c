"""pytest fixtures: real NATS and PostgreSQL for every test, from wheels, fresh and fast.

`TRUNKLINE_TEST_BACKEND=containers` takes the official images, which must be there already.
`TRUNKLINE_TEST_NATS_URL` and `TRUNKLINE_TEST_POSTGRES_DSN` name servers that are there; tests that stop their server
have one of their own even so.
"""

import asyncio
import itertools
import os
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from cti_devstack import containers
from cti_devstack.nats import NatsServer
from cti_devstack.postgres import PostgresServer

_BACKEND = "TRUNKLINE_TEST_BACKEND"
_numbers = itertools.count(1)

MakeDatabase = Callable[..., str]
"""Called with a name and, unless it is to be empty, the name of a database to copy; the URL."""


@pytest.fixture
def nats_server(tmp_path: Path) -> Iterator[NatsServer | containers.ContainedNats]:
    """A server of this test's own: `url`, `start`, `stop`, `kill9`, `restart`, `freeze`, `thaw`."""
    server = contained_nats() if _wants_containers() else NatsServer(tmp_path / "nats")
    try:
        server.start()
        yield server
    finally:
        _end(server)


@pytest.fixture
def nats_url(request: pytest.FixtureRequest) -> str:
    """The address of a NATS with JetStream, empty unless it is given; `nats_server` is the same one."""
    given = os.environ.get("TRUNKLINE_TEST_NATS_URL")
    if given and "nats_server" not in request.fixturenames:
        return given
    url: str = request.getfixturevalue("nats_server").url
    return url


@pytest.fixture
def postgres_server(tmp_path: Path) -> Iterator[PostgresServer | containers.ContainedPostgres]:
    """A server of this test's own: `url()`, `start`, `stop`, `kill9`, `create_database`."""
    server = contained_postgres() if _wants_containers() else PostgresServer(tmp_path / "postgres", durable=False)
    try:
        server.start()
        yield server
    finally:
        _end(server)


@pytest.fixture(scope="session")
def make_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeDatabase]:
    """Makes a database on the server that the session shares."""
    given = os.environ.get("TRUNKLINE_TEST_POSTGRES_DSN")
    if given:
        yield partial(_created, given)
        return
    folder = tmp_path_factory.mktemp("postgres")
    server = contained_postgres() if _wants_containers() else PostgresServer(folder, durable=False)
    try:
        server.start()
        yield partial(_created, server.url())
    finally:
        _end(server)


@pytest.fixture(scope="session")
def postgres_template() -> str:
    """The database that `postgres_dsn` copies: empty, unless a conftest prepares one, once for all of its tests."""
    return "template1"


@pytest.fixture
def postgres_dsn(make_database: MakeDatabase, postgres_template: str) -> str:
    """The URL of a database of this test's own, a copy of `postgres_template`; the server is shared by the session."""
    return make_database(database_name(), postgres_template)


@pytest.fixture
def empty_postgres_dsn(make_database: MakeDatabase) -> str:
    """The URL of an empty database of this test's own, for what is about migrations."""
    return make_database(database_name())


def database_name() -> str:
    """A name that no other database of the server has, whoever shares it."""
    return f"test_{os.getpid()}_{next(_numbers)}"


def prepared(make_database: MakeDatabase, prepare: Callable[[str], Coroutine[Any, Any, None]]) -> str:
    """The name of a database that was brought up once, by what is done with its URL, for others to copy."""
    name = database_name()
    _done(prepare(make_database(name)))
    return name


def contained_nats() -> containers.ContainedNats:
    """NATS in a container; skips the test when the image is not here."""
    _needs_image(containers.NATS_IMAGE)
    return containers.ContainedNats()


def contained_postgres() -> containers.ContainedPostgres:
    """PostgreSQL in a container; skips the test when the image is not here."""
    _needs_image(containers.POSTGRES_IMAGE)
    return containers.ContainedPostgres()


def _wants_containers() -> bool:
    wanted = os.environ.get(_BACKEND, "embedded")
    if wanted not in ("embedded", "containers"):
        raise pytest.UsageError(f"{_BACKEND} is {wanted!r}: it may be embedded or containers")
    return wanted == "containers"


def _needs_image(image: str) -> None:
    if not containers.has_image(image):
        pytest.skip(f"no Docker engine that has the image {image}: `docker pull {image}`")


def _end(server: NatsServer | PostgresServer | containers.ContainedNats | containers.ContainedPostgres) -> None:
    if isinstance(server, NatsServer | PostgresServer):
        server.stop()
    else:
        server.remove()


def _created(server_url: str, name: str, template: str = "template1") -> str:
    """A database on a server that is there already."""

    async def create() -> None:
        import asyncpg

        connection = await asyncpg.connect(server_url)
        await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        await connection.close()

    _done(create())
    return f"{server_url.rsplit('/', 1)[0]}/{name}"


def _done(work: Coroutine[Any, Any, None]) -> None:
    """Wait for it in a loop of its own, wherever we are called."""
    with ThreadPoolExecutor(1) as hands:
        hands.submit(asyncio.run, work).result()
