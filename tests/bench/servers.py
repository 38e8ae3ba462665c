"""Servers of a bench's own, with the durability of a real site."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from cti_devstack.nats import NatsServer
from cti_devstack.postgres import PostgresServer


@contextmanager
def nats() -> Iterator[str]:
    """The URL of an empty NATS server."""
    with TemporaryDirectory(prefix="trunkline-bench-") as folder:
        server = NatsServer(Path(folder) / "nats")
        server.start()
        try:
            yield server.url
        finally:
            server.stop()


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of an empty database."""
    with TemporaryDirectory(prefix="trunkline-bench-") as folder:
        server = PostgresServer(Path(folder) / "postgres")
        server.start()
        try:
            yield server.create_database("bench")
        finally:
            server.stop()
