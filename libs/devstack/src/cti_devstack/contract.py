"""An API held against the OpenAPI document that it serves: for tests, by schemathesis over a real socket."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from pathlib import Path
from typing import Any

from cti_runtime import serve_asgi

_START_S = 60.0
# Beside the successes: what the document says of requests that have the right form. 412: a version that is not the
# present one. 422: what cannot be answered although it can be asked, such as a period that ends before it begins.
_CONFIG = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "401", "403", "404", "409", "412", "422"]
[checks.missing_required_header]
expected-statuses = ["400", "401", "428"]
"""


@contextmanager
def served(application: Callable[[], AbstractAsyncContextManager[Any]]) -> Iterator[str]:
    """Serve an ASGI application on a free port, in a thread with an event loop of its own; yields its URL.

    `application` is entered in that loop, so that what it opens (a pool) belongs to it.
    """
    found: list[str] = []
    ready, loops = threading.Event(), asyncio.new_event_loop()
    stopping = asyncio.Event()

    def on_started(host: str, port: int) -> None:
        found.append(f"http://{host}:{port}")
        ready.set()

    async def serve() -> None:
        try:
            async with application() as app:
                await serve_asgi(app, "127.0.0.1", 0, stopping, on_started=on_started)
        finally:
            ready.set()

    thread = threading.Thread(target=lambda: loops.run_until_complete(serve()), name="served")
    thread.start()
    try:
        if not ready.wait(_START_S) or not found:
            raise RuntimeError("the application did not start")
        yield found[0]
    finally:
        loops.call_soon_threadsafe(stopping.set)
        thread.join()
        loops.close()


def disagreements(
    url: str,
    headers: Mapping[str, str],
    folder: Path,
    *,
    examples: int,
    seed: int = 1,
    refused: Sequence[int] = (),
    without: Sequence[str] = (),
) -> str:
    """Ask everything that the document allows, and much that it does not; returns what was wrong, "" for nothing.

    All checks of schemathesis: no answer that is not documented, no failure of the server, nothing wrong accepted,
    nothing right refused, methods that are not there refused with `Allow`, tokens needed. `examples`: at most so many
    random requests for each operation, beside the systematic ones. `refused`: further statuses of requests that have
    the right form; `without`: paths that are not asked, since their answers never end.
    """
    config = folder / "schemathesis.toml"
    config.write_text(_CONFIG.replace('"422"]', ", ".join(('"422"', *(f'"{status}"' for status in refused))) + "]"))
    command = [
        sys.executable,
        "-m",
        "schemathesis.cli",
        "--config-file",
        str(config),
        "run",
        f"{url}/schema/openapi.json",
    ]
    command += [part for path in without for part in ("--exclude-path", path)]
    for name, value in headers.items():
        command += ["--header", f"{name}: {value}"]
    command += ["--checks", "all", "--max-examples", str(examples), "--seed", str(seed), "--generation-deterministic"]
    command += ["--no-shrink", "--continue-on-failure", "--no-color", "--warnings", "off", "--request-timeout", "20"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr
