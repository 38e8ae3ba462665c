"""Structured logs on stderr: JSON lines for machines, colours for people; the standard library's logs join them."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Literal, TextIO

import structlog
from opentelemetry import trace
from structlog.typing import EventDict, Processor, WrappedLogger

_SECRET_KEY = re.compile(r"passw|secret|token|authorization|api_?key|credential", re.IGNORECASE)
_HIDDEN = "**********"
# What a URL hides, and what is shown in its place. A password may hold `@`: it reaches to the last one of the host.
_IN_URLS = (
    (re.compile(r"(?<=://)([^/\s:@]*):[^/\s]*?@(?![^/\s@,?]*@)"), rf"\1:{_HIDDEN}@"),
    # NATS takes a lone user for a token.
    (re.compile(r"\b(nats|tls|wss?)://[^/\s:@,]+@", re.IGNORECASE), rf"\1://{_HIDDEN}@"),
    (re.compile(r"([?&][^=&\s]*(?:passw|secret|token)[^=&\s]*=)[^&\s\"']+", re.IGNORECASE), rf"\1{_HIDDEN}"),
)
# Chatty at info; what they say there is of no use to an operator.
_QUIET = ("uvicorn.error", "uvicorn.access", "asyncio", "websockets", "urllib3", "httpx", "httpcore")


def setup_logging(
    service: str,
    level: str = "info",
    format: Literal["json", "console"] = "json",
    stream: TextIO | None = None,
) -> None:
    """Route structlog and stdlib logging to `stream` (stderr). Adds service, trace_id and span_id; hides secrets."""
    target = stream if stream is not None else sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _service(service),
        add_trace,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    if format == "json":
        renderer: Processor = structlog.processors.JSONRenderer(default=str)
    else:
        # Plain tracebacks: the pretty ones print local variables, and so secrets.
        renderer = structlog.dev.ConsoleRenderer(
            colors=target.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    rendering: list[Processor] = [short_of_errors, structlog.processors.format_exc_info, hide_secrets, renderer]
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.DEBUG if level == "debug" else logging.WARNING)


def add_trace(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Add trace_id and span_id of the active span, if there is one."""
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = trace.format_trace_id(context.trace_id)
        event["span_id"] = trace.format_span_id(context.span_id)
    return event


def short_of_errors(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Below `error`, say in `error` what was raised, without a traceback: it is tried again, whatever the place.

    asyncpg's pools tell each attempt to reach a PostgreSQL that is away with a hundred lines.
    """
    if event.get("level") not in ("debug", "info", "warning"):
        return event
    given = event.pop("exc_info", None)
    raised = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(raised, BaseException):
        event.setdefault("error", f"{type(raised).__name__}: {raised}")
    return event


def hide_secrets(_: WrappedLogger, __: str, event: EventDict) -> MutableMapping[str, Any]:
    """Mask values whose key sounds secret, and passwords inside URLs, however deep they lie."""
    return {key: _masked(key, value) for key, value in event.items()}


def hide_url_passwords(text: str) -> str:
    """The text with secrets in URLs masked: `://user:password@host`, `nats://token@host`, `?password=…`."""
    if "://" in text:
        for secret, shown in _IN_URLS:
            text = secret.sub(shown, text)
    return text


def _masked(key: str, value: Any) -> Any:
    if isinstance(value, str):
        if _SECRET_KEY.search(key):
            return _HIDDEN
        return hide_url_passwords(value)
    if isinstance(value, dict):
        return {name: _masked(str(name), inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(key, inner) for inner in value]
    return value


def _service(name: str) -> Processor:
    def add(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event["service"] = name
        return event

    return add
