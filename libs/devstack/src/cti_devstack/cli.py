"""The `trunkline` command."""

import argparse
import math
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from cti_devstack.demo import put_people
from cti_devstack.doctor import findings
from cti_devstack.journal import JOURNAL, journal
from cti_devstack.keys import Issuer, secret_key
from cti_devstack.lock import StateLock
from cti_devstack.pbx import KINDS
from cti_devstack.process import StartFailed
from cti_devstack.replay import pipelines, replay
from cti_devstack.stack import NATS_PORT, PANEL_PORT, Stack, wait_while

OPERATORS = ("101", "102")


def main() -> None:
    """Parse arguments and run; exit codes: 0 good, 1 something failed and is told in a line, 2 used wrongly."""
    arguments = _parser().parse_args()
    try:
        sys.exit(arguments.run(arguments))
    except StartFailed as error:
        _say(f"trunkline: {error}")
    except OSError as error:
        _say(f"trunkline: {error.filename or ''}: {error.strerror or error}")
    sys.exit(1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="trunkline", description="Trunkline on this machine.")
    parser.set_defaults(run=_help(parser))
    commands = parser.add_subparsers(metavar="COMMAND")

    up = commands.add_parser("up", help="start everything: servers, services, a simulated PBX")
    up.add_argument("--pbx", choices=sorted(KINDS), default="asterisk", help="which one is simulated")
    up.add_argument("--port", type=_port, default=PANEL_PORT, help="TCP port of the panel (another one when busy)")
    up.add_argument("--speed", type=_speed, default=1.0, help="of the simulated calls; 2 is twice as fast")
    _with_state(up).set_defaults(run=_up, state=None)

    traces = commands.add_parser("replay", help="run recorded PBX bytes through the pure pipeline, print JSON lines")
    traces.add_argument("pbx", choices=sorted(pipelines()), help="kind of the PBX that was recorded")
    traces.add_argument("trace", nargs="+", type=Path, help="recording: .ami, .esl or .esl.jsonl, gzipped or not")
    traces.add_argument("--emit", choices=("events", "calls", "records", "explain"), default="records")
    traces.set_defaults(run=replay)

    doctor = commands.add_parser("doctor", help="look for what is missing on this machine")
    _with_state(doctor).set_defaults(run=_doctor)

    token = commands.add_parser("token", help="print a token of the demo's issuer")
    token.add_argument("user")
    token.add_argument("--tenant", default="demo")
    token.add_argument("--role", action="append", default=None, help="operator (default), supervisor …")
    token.add_argument("--link", metavar="URL", help="print a sign-in link to the panel at URL")
    _with_state(token).set_defaults(run=_token)

    trust = commands.add_parser(
        "journal", help="the journal's own commands: trunkline journal verify --help; rebuild, retain, forget"
    )
    trust.add_argument("rest", nargs=argparse.REMAINDER, metavar="COMMAND", help=" …, ".join(JOURNAL) + " …")
    _with_state(trust).set_defaults(run=journal)

    keys = commands.add_parser("keys", help="make the demo issuer's key pair unless it is there")
    keys.add_argument("--copy-public", type=Path, metavar="FILE", help="put the public key there too, for the services")
    keys.add_argument("--secrets", type=Path, metavar="FOLDER", help="make the directory's key for secrets there")
    _with_state(keys).set_defaults(run=_keys)

    people = commands.add_parser("people", help="put the demo's people into a directory, by the demo's issuer")
    people.add_argument("--directory", required=True, metavar="URL", help="the directory's API")
    people.add_argument(
        "--pbx", choices=sorted(KINDS), default="asterisk", help="the simulated one with their telephones"
    )
    people.add_argument("--tenant", default="demo")
    _with_state(people).set_defaults(run=_people)
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no TCP port, 0 (any free one) to 65535")
    return int(text)


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no speed, a number above 0")
    return speed


def _help(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], int]:
    def run(_: argparse.Namespace) -> int:
        parser.print_help(sys.stderr)
        return 2

    return run


def _with_state(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("--state", type=Path, default=_default_state(), help="folder for data, logs and keys")
    return parser


def _default_state(pbx: str = "asterisk") -> Path:
    """`.state/demo` in a checkout, else the user's state folder; of another PBX than Asterisk one beside it."""
    other = "" if pbx == "asterisk" else f"-{pbx}"
    if Path("pyproject.toml").exists() and Path("libs/devstack").exists():
        return Path(f".state/demo{other}").absolute()
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / f"trunkline{other}"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _up(arguments: argparse.Namespace) -> int:
    # Ctrl-C, `kill` and a closed terminal mean: stop in order.
    stopping: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, _: stopping.append(received))
    arguments.state = arguments.state or _default_state(arguments.pbx)
    with StateLock(arguments.state) as lock:
        return _run(arguments, lock, lambda: not stopping)


def _run(arguments: argparse.Namespace, lock: StateLock, wanted: Callable[[], bool]) -> int:
    ports = {"panel_port": arguments.port, "nats_port": NATS_PORT}
    stack = Stack(arguments.state, _say, kind=arguments.pbx, speed=arguments.speed, **ports)
    try:
        stack.start(wanted)
        if wanted():
            admin = stack.issuer.token("demo", stack.tenant, ("admin",))
            put_people(stack.directory_url, admin, stack.pbx.name, stack.pbx.credentials)
            lock.note(f"process {os.getpid()}, panel {stack.panel_url}")
            _welcome(stack, arguments.state)
        wait_while(wanted, stack.watch)
    finally:
        _say("stopping")
        stack.stop()
    return 0


def _welcome(stack: Stack, state: Path) -> None:
    print(f"\nTrunkline is up. Panel: {stack.panel_url}\n")
    for operator in OPERATORS:
        print(f"  sign in as operator {operator}: {stack.link(operator)}")
    given = ", ".join(f"{operator} {stack.passwords.of(operator)}" for operator in OPERATORS)
    print(f"\nOr with a password at {stack.panel_url}/login: {given}")
    print(
        f"\nCalls API: {stack.journal_url}/schema   directory: {stack.directory_url}/schema   events: {stack.nats.url}"
    )
    print(f"Logs: {state / 'logs'}   stop: Ctrl-C", flush=True)


def _doctor(arguments: argparse.Namespace) -> int:
    problems = 0
    for state, what, words in findings(arguments.state):
        problems += state == "problem"
        print(f"{state:8} {what}: {words}")
    return 1 if problems else 0


def _token(arguments: argparse.Namespace) -> int:
    roles = tuple(arguments.role or ["operator"])
    token = Issuer(arguments.state / "keys").token(arguments.user, arguments.tenant, roles)
    print(f"{arguments.link}/#token={token}" if arguments.link else token)
    return 0


def _keys(arguments: argparse.Namespace) -> int:
    public_key = Issuer(arguments.state / "keys").public_key
    if arguments.copy_public is not None:
        shutil.copyfile(public_key, arguments.copy_public)
        public_key = arguments.copy_public
    if arguments.secrets is not None:
        secret_key(arguments.secrets)
    print(public_key)
    return 0


def _people(arguments: argparse.Namespace) -> int:
    pbx = KINDS[arguments.pbx](0)
    admin = Issuer(arguments.state / "keys").token("demo", arguments.tenant, ("admin",))
    put_people(arguments.directory, admin, pbx.name, pbx.credentials)
    return 0
