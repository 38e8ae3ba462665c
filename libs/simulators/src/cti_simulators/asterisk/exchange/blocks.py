"""AMI blocks as lists of headers, and as bytes."""

from collections.abc import Iterable

Header = tuple[str, str]
Block = tuple[Header, ...]
"""The first header is `Event` or `Response`."""

UNKNOWN = "<unknown>"


def event(name: str, privilege: str, *parts: Iterable[Header]) -> Block:
    """An event. `privilege`: its class, such as `call`; empty for the items of a list."""
    head: list[Header] = [("Event", name)]
    if privilege:
        head.append(("Privilege", f"{privilege},all"))
    for part in parts:
        head.extend(part)
    return tuple(head)


def wire(block: Block) -> bytes:
    """The bytes of a block, with its empty line. A header with an empty name is a line as it is."""
    return ("".join(f"{key}: {value}\r\n" if key else f"{value}\r\n" for key, value in block) + "\r\n").encode()


def header(block: Block, key: str) -> str:
    """The first header of this name, or nothing."""
    return next((value for name, value in block if name == key), "")
