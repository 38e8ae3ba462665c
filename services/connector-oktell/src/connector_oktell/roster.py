"""Operators from a file: for a site without a directory, and for trying things out."""

import asyncio
from collections.abc import AsyncGenerator, Collection
from hashlib import sha256
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

    Raises `BadRoster`; its text holds no secret.
    """
    try:
        entries = json.decode(path.read_bytes(), type=list[_Entry])
    except (OSError, DecodeError, ValidationError) as error:
        raise BadRoster(f"{path}: {error}") from error
    found: dict[str, Operator] = {}
    for each in entries:
        user = each.user or each.login
        credential = sha256(f"{each.login}\0{each.password}".encode()).hexdigest()[:16]
        found[user] = Operator(user, each.device, each.login, each.password, credential)
    if len(found) != len(entries) or len({each.device for each in found.values()}) != len(entries):
        raise BadRoster(f"{path}: a user or a device stands there twice")
    return tuple(found.values())


class Roster:
    """Implements `cti_connector.firstparty.Operators`. A file that became unreadable changes nothing."""

    def __init__(self, path: Path, *, look_s: float = 2.0) -> None:
        self._path = path
        self._look_s = look_s

    async def changes(self) -> AsyncGenerator[Collection[Operator], None]:
        """Who is listed, at first and after each change. The first reading raises `BadRoster`."""
        now = read_roster(self._path)
        yield now
        while True:
            await asyncio.sleep(self._look_s)
            try:
                found = read_roster(self._path)
            except BadRoster as error:
                _log.warning("operators not read anew", error=str(error))
                continue
            if found != now:
                now = found
                yield now
