"""Which port is whose, before anybody listens on it."""

import subprocess
import sys
from pathlib import Path

from cti_devstack.ports import free_port


def answers(programs: list[str]) -> list[str]:
    """What they print in one line, all of them alive meanwhile."""
    others = [
        subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for code in programs
    ]
    try:
        return [other.stdout.readline() for other in others]
    finally:
        for other in others:
            other.communicate("\n")


def test_a_port_is_given_once():
    ports = [free_port() for _ in range(300)]
    assert len(set(ports)) == len(ports)


def test_two_processes_are_given_different_ports():
    code = "from cti_devstack.ports import free_port; print(*(free_port() for _ in range(300)), flush=True); input()"
    given = [port for line in answers([code] * 3) for port in line.split()]
    assert len(set(given)) == len(given) == 900


def test_two_stacks_that_wish_for_the_same_ports_before_either_listens_get_different_ones(tmp_path: Path):
    wished = [free_port() for _ in range(4)]
    code = f"""
import sys
from pathlib import Path
from cti_devstack.stack import Stack
panel, journal, directory, nats = {wished}
said = []
stack = Stack(Path(%r), said.append, panel_port=panel, journal_port=journal, directory_port=directory, nats_port=nats)
urls = stack.panel_url, stack.journal_url, stack.directory_url, stack.nats.url
print(*(url.rpartition(":")[2] for url in urls), len(said), flush=True)
input()
"""
    first, second = (line.split() for line in answers([code % str(tmp_path / name) for name in ("a", "b")]))
    assert not set(first[:4]) & set(second[:4])
    for n, port in enumerate(wished):
        assert str(port) in (first[n], second[n]), "one of them has it"
    assert int(first[4]) + int(second[4]) == 4, "and the other is told so"
