"""Operators from a file: for a site without a directory, and for trying things out."""

import asyncio
from collections.abc import AsyncGenerator, Collection, Container, Iterator
from pathlib import Path

import structlog
from cti_connector.firstparty import Operator
from msgspec import DecodeError, Struct, ValidationError, json

_log = structlog.get_logger(__name__)


class BadRoster(Exception):
    """The file cannot be read, or does not list operators."""


class _Entry(Struct, forbid_unknown_fields=True):
    device: str
    login: str
    password: str
    user: str = ""


def read_roster(path: Path) -> tuple[Operator, ...]:
    """The operators in `[{"device": "101", "login": "ivanov", "password": "…"}, …]`; `user` is the login where absent.

    A changed file is another version of every credential. Raises `BadRoster`; its text holds no secret.
    """
    try:
        version = str(path.stat().st_mtime_ns)
        entries = json.decode(path.read_bytes(), type=list[_Entry])
    except (OSError, DecodeError, ValidationError) as error:
        raise BadRoster(f"{path}: {error}") from error
    found: dict[str, Operator] = {}
    for each in entries:
        user = each.user or each.login
        found[user] = Operator(user, each.device, each.login, each.password, version)
    if len(found) != len(entries) or len({each.device for each in found.values()}) != len(entries):
        raise BadRoster(f"{path}: a user or a device stands there twice")
    return tuple(found.values())


class Roster:
    """Implements `cti_connector.firstparty.Operators`. A file that became unreadable changes nothing."""

    def __init__(self, path: Path, *, look_s: float = 2.0) -> None:
        self._path = path
        self._look_s = look_s

    async def changes(self, occupied: Container[str]) -> AsyncGenerator[Collection[Operator], None]:
        """Who is listed, at first and after each change. The first reading raises `BadRoster`.

        Who is taken off the list is signed out when `occupied` has them no more.
        """
        now = read_roster(self._path)
        yield now
        while True:
            await asyncio.sleep(self._look_s)
            try:
                found = read_roster(self._path)
            except BadRoster as error:
                _log.warning("operators not read anew", error=str(error))
                continue
            found += tuple(_staying(now, found, occupied))
            if found != now:
                now = found
                yield now


def _staying(
    before: Collection[Operator], listed: Collection[Operator], occupied: Container[str]
) -> Iterator[Operator]:
    """Those who were taken off the list while their telephone has a call."""
    users, devices = {each.user for each in listed}, {each.device for each in listed}
    return (e for e in before if e.user not in users and e.device not in devices and e.device in occupied)
