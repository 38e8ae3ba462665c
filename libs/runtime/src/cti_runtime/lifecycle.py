"""The `main()` of every service: settings, logs, telemetry, signals, health, and an orderly end."""

import argparse
import asyncio
import contextlib
import gc
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import Any, NoReturn, TypeVar

import structlog

from cti_runtime.errors import ServiceError, SettingsError
from cti_runtime.health import Health
from cti_runtime.logs import setup_logging
from cti_runtime.settings import CONFIG_VARIABLE, ServiceSettings, describe, load_settings, stray_lines, strays
from cti_runtime.telemetry import setup_telemetry
from cti_runtime.web import serve_asgi

S = TypeVar("S", bound=ServiceSettings)

EXIT_OK, EXIT_FAILED, EXIT_USAGE = 0, 1, 2
# After the deadline `serve` is cancelled and gets this long to clean up.
_CANCEL_GRACE_S = 2.0


@dataclass(frozen=True, slots=True)
class Runtime:
    """What the process gives to its service. `stopping` is set by the first SIGTERM or SIGINT."""

    name: str
    instance: str
    version: str
    health: Health
    stopping: asyncio.Event
    log: structlog.stdlib.BoundLogger


def run_service(
    name: str,
    settings_cls: type[S],
    serve: Callable[[S, Runtime], Awaitable[None]],
    *,
    plain: tuple[type[Exception], ...] = (),
    version: str | None = None,
    argv: Sequence[str] | None = None,
) -> NoReturn:
    """Run a service and exit: 0 after an orderly stop, 1 after a failure, 2 when the configuration is wrong.

    `serve` should return soon after `runtime.stopping` is set; after `shutdown_deadline_s` it is cancelled (exit 1). A
    second signal exits at once. `/healthz` and `/readyz` are served meanwhile. `name` is also the section in the file.
    `plain`: errors of other libraries whose text says all that an operator needs, as a `ServiceError`'s does: they are
    logged without a traceback.
    """
    arguments = _arguments(name, argv)
    try:
        settings = load_settings(settings_cls, name, arguments.config)
        if arguments.check_config:
            print(describe(settings, name))
            for line in stray_lines(settings_cls, name):
                print(line, file=sys.stderr)
            sys.exit(EXIT_OK)
        setup_logging(name, settings.log_level, settings.log_format)
        instance = f"{socket.gethostname()}-{os.getpid()}"
        telemetry = setup_telemetry(name, version or _version(name), instance)
    except SettingsError as error:
        for line in (*(f"{name}: {problem}" for problem in error.problems), *stray_lines(settings_cls, name)):
            print(line, file=sys.stderr)
        sys.exit(EXIT_USAGE)
    for variable, meant in strays(settings_cls).items():
        structlog.stdlib.get_logger(name).warning("variable without effect", variable=variable, did_you_mean=meant)
    _settle_memory()
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        code = runner.run(_run(name, instance, version or _version(name), settings, serve, (ServiceError, *plain)))
    if not telemetry.shutdown():
        structlog.stdlib.get_logger("cti_runtime").warning("telemetry not delivered in time")
    sys.exit(code)


def _settle_memory() -> None:
    """Take what was imported out of the garbage collector's sight: it stays until the end, and a full collection stops
    the process for as long as it takes to look at all that could go (30 ms for 90 000 objects).
    """
    gc.collect()
    gc.freeze()


async def run_until_stopped(
    stopping: asyncio.Event, *coroutines: Coroutine[Any, Any, object], finish_s: float = 0.0
) -> None:
    """Run all of them until they end, one fails, or `stopping` is set.

    On `stopping` they get `finish_s` to end by themselves (those that watch `stopping`), then they are cancelled. When
    one fails, the others are cancelled and its error propagates (bare if it is alone, else in a group).
    """
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(coroutine) for coroutine in coroutines]
            stopper = group.create_task(_cancel_when_stopped(stopping, tasks, finish_s))
            if tasks:
                await asyncio.wait(tasks)
            stopper.cancel()
    except BaseExceptionGroup as failed:
        if len(failed.exceptions) == 1:
            raise failed.exceptions[0] from None
        raise


async def _cancel_when_stopped(stopping: asyncio.Event, tasks: list[asyncio.Task[object]], finish_s: float) -> None:
    await stopping.wait()
    if finish_s > 0 and tasks:
        await asyncio.wait(tasks, timeout=finish_s)
    for task in tasks:
        task.cancel()


async def _run(
    name: str,
    instance: str,
    version: str,
    settings: S,
    serve: Callable[[S, Runtime], Awaitable[None]],
    plain: tuple[type[Exception], ...],
) -> int:
    """Everything inside the loop; returns the exit code."""
    stopping = asyncio.Event()
    log: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    runtime = Runtime(name, instance, version, Health(name, stopping), stopping, log)
    _watch_signals(stopping, log, settings.shutdown_deadline_s)
    log.info("starting", version=version, instance=instance)
    done = asyncio.Event()
    health = asyncio.create_task(
        serve_asgi(runtime.health.app(), settings.health_host, settings.health_port, done, grace_s=1.0)
    )
    work = asyncio.ensure_future(serve(settings, runtime))
    stop = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait((work, health, stop), return_when=asyncio.FIRST_COMPLETED)
        in_time = True
        if not health.done() and not work.done():
            await asyncio.wait((work,), timeout=settings.shutdown_deadline_s)
            in_time = work.done()
        if not work.done():
            work.cancel()
            await asyncio.wait((work,), timeout=_CANCEL_GRACE_S)
        return _outcome(log, work, health, in_time, plain)
    finally:
        stop.cancel()
        done.set()
        await asyncio.gather(health, return_exceptions=True)


def _outcome(
    log: structlog.stdlib.BoundLogger,
    work: "asyncio.Future[None]",
    health: "asyncio.Future[None]",
    in_time: bool,
    plain: tuple[type[Exception], ...],
) -> int:
    """Log how it ended and choose the exit code."""
    for future in (health, work):
        error = future.exception() if future.done() and not future.cancelled() else None
        if error is not None:
            leaves = _leaves(error)
            text = "; ".join(f"{type(leaf).__name__}: {leaf}" for leaf in leaves)
            enough = all(isinstance(leaf, plain) for leaf in leaves)
            log.error("failed", error=text, exc_info=None if enough else error)
            return EXIT_FAILED
    if not in_time:
        log.error("failed", error="did not stop before the deadline; cancelled")
        return EXIT_FAILED
    log.info("stopped")
    return EXIT_OK


def _leaves(error: BaseException) -> list[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        return [leaf for inner in error.exceptions for leaf in _leaves(inner)]
    return [error]


def _watch_signals(stopping: asyncio.Event, log: structlog.stdlib.BoundLogger, deadline_s: float) -> None:
    loop = asyncio.get_running_loop()

    def received(number: signal.Signals) -> None:
        if stopping.is_set():
            log.warning("second signal, leaving at once", signal=number.name)
            os._exit(128 + number)
        log.info("stopping", signal=number.name, deadline_s=deadline_s)
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows has no such handlers
            loop.add_signal_handler(number, received, number)


def _arguments(name: str, argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=name, description=f"Trunkline service {name}")
    parser.add_argument(
        "--config", metavar="FILE", help=f"TOML file with a table [{name}] (default: ${CONFIG_VARIABLE})"
    )
    parser.add_argument(
        "--check-config", action="store_true", help="print the effective settings, secrets hidden, and exit"
    )
    return parser.parse_args(argv)


def _version(name: str) -> str:
    for distribution in (f"trunkline-{name}", "trunkline-runtime"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            return metadata.version(distribution)
    return "unknown"


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # Windows
        return None
    return uvloop.new_event_loop
