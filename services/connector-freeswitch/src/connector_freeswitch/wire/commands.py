"""Commands to bytes."""

import re
from collections.abc import Mapping
from typing import Final

from connector_freeswitch.wire.errors import UnsafeValue

_BREAKS: Final = re.compile("[\x00\n\r]")


def encode(command: str, headers: Mapping[str, str] | None = None) -> bytes:
    """A command and its headers. Raises `UnsafeValue` for a line break, which would begin another command."""
    lines = [command, *(f"{name}: {value}" for name, value in (headers or {}).items())]
    for line in lines:
        if _BREAKS.search(line):
            raise UnsafeValue("a line break in a command")
    return ("\n".join(lines) + "\n\n").encode()


def api(command: str) -> bytes:
    """A question that FreeSWITCH answers before anything else on this connection: only for what is quick."""
    return encode(f"api {command}")


def background(command: str, job: str) -> bytes:
    """A command that runs beside the events; `BACKGROUND_JOB` with this `Job-UUID` tells its end."""
    return encode(f"bgapi {command}", {"Job-UUID": job})
