"""TCP ports that no two programs of ours take at once, since between choice and use others choose too."""

import random
import socket
import sys
from collections.abc import Callable

from cti_devstack.process import StartFailed

_BLOCKS = range(15_000, 32_000, 100)  # below what the kernel gives to outgoing connections, which would take them
_claims: list[socket.socket] = []  # what is ours while we live: blocks of ports, and single ones
_unasked: list[int] = []


def free_port(host: str = "127.0.0.1") -> int:
    """A TCP port that nobody listens on now, and another one at each call: who asked before may not listen yet.

    Other processes that ask here get others too. Raises `StartFailed` when none is left.
    """
    while True:
        if not _unasked:
            block = next((each for each in random.sample(_BLOCKS, len(_BLOCKS)) if _claim(f"ports-{each}")), None)
            if block is None:
                raise StartFailed("no TCP port is left")
            _unasked.extend(reversed(range(block, block + _BLOCKS.step)))
        port = _unasked.pop()
        if port_is_free(port, host):
            return port


def port_near(wished: int, what: str, say: Callable[[str], None]) -> int:
    """The wished port if nobody has it or has chosen it (0: any), else a free one, which is said.

    It is chosen until this process ends: of two that wish for it in the same instant one gets it.
    """
    if wished and port_is_free(wished) and _claim(f"port-{wished}"):
        return wished
    port = free_port()
    if wished:
        say(f"port {wished} is busy: {what} is at {port}")
    return port


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a port can be listened on now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def _claim(name: str) -> bool:
    """Take an abstract socket's name, which the kernel gives to one process alone and takes back when it ends."""
    if sys.platform != "linux":
        return True  # no such names there: two processes meet by bad luck only
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0trunkline-{name}")
    except OSError:
        claim.close()
        return False
    _claims.append(claim)
    return True
