"""The log of erasures: each entry names the one before by its hash, so that none can be changed or taken out. Pure."""

import hashlib
from collections.abc import Iterable

import msgspec

BEGINNING = "0" * 64


class Link(msgspec.Struct, frozen=True):
    """An entry of the log as it stands."""

    number: int
    entry: str
    previous: str
    hash: str


def hash_of(previous: str, entry: str) -> str:
    """The hash of an entry behind another."""
    return hashlib.sha256(f"{previous}\n{entry}".encode()).hexdigest()


def broken(links: Iterable[Link]) -> str | None:
    """What is wrong with the log, in words; None: it is whole. Whether its end was cut off, only a hash that was kept
    elsewhere tells.
    """
    previous = BEGINNING
    for number, link in enumerate(links, 1):
        if link.number != number:
            return f"entry {number} is missing"
        if link.previous != previous or link.hash != hash_of(previous, link.entry):
            return f"entry {number} was changed"
        previous = link.hash
    return None
