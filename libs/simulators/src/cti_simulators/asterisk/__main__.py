"""`python -m cti_simulators.asterisk`: the simulator as a process. SIGINT and SIGTERM stop it."""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from cti_simulators.asterisk import AmiReplayServer, behave, recordings
from cti_simulators.scenario import ScenarioFailed
from cti_simulators.traces import BadTrace, find_traces, load_trace


def main() -> None:
    """Run it; exit status 1 with one line on stderr when it cannot start."""
    arguments = _arguments()
    try:
        asyncio.run(_run(arguments))
    except (OSError, ValueError, BadTrace, ScenarioFailed) as error:
        sys.exit(f"cti_simulators.asterisk: {error}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m cti_simulators.asterisk",
        description="A simulated Asterisk: it replays recorded calls over AMI, for ever, or behaves as an exchange.",
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=5038, help="TCP port, 0 for any free one (default %(default)s)")
    parser.add_argument(
        "--user",
        action="append",
        type=_user,
        metavar="NAME:SECRET",
        help="who may log in; may be given several times (default cti:cti-secret)",
    )
    parser.add_argument("--speed", type=float, default=1.0, help="2 is twice as fast as recorded")
    parser.add_argument("--calls", type=int, default=2, help="recordings going on at once (default %(default)s)")
    parser.add_argument("--pause", type=float, default=2.0, help="seconds, at most, between two (default %(default)s)")
    parser.add_argument("--recordings", type=Path, help="folder of traces; default: the ones in this package")
    behave.add_arguments(parser)
    return parser.parse_args()


def _user(text: str) -> tuple[str, str]:
    name, colon, secret = text.partition(":")
    if not (name and colon and secret):
        raise argparse.ArgumentTypeError("is not NAME:SECRET")
    return name, secret


async def _run(arguments: argparse.Namespace) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    if arguments.behave:
        await behave.run(arguments, stopping)
        return
    folder: Path | None = arguments.recordings
    playlist = recordings() if folder is None else [load_trace(path) for path in find_traces(folder)]
    server = AmiReplayServer(
        playlist,
        dict(arguments.user or [("cti", "cti-secret")]),
        host=arguments.host,
        port=arguments.port,
        speed=arguments.speed,
        concurrency=arguments.calls,
        pause_s=arguments.pause,
    )
    await server.start()
    print(
        f"simulated Asterisk on {arguments.host}:{server.port}, {len(playlist)} recordings", file=sys.stderr, flush=True
    )
    await stopping.wait()
    await server.stop()


if __name__ == "__main__":
    main()
