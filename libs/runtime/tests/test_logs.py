"""What a log line holds, and what it never holds."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from cti_runtime import setup_logging
from cti_runtime.logs import hide_url_passwords
from opentelemetry import trace
from pydantic import SecretStr


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    result = io.StringIO()
    yield result
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_structlog_and_stdlib_come_out_alike(stream: io.StringIO):
    setup_logging("demo", "info", "json", stream)
    structlog.stdlib.get_logger("a").info("call stored", call_id="c1")
    logging.getLogger("b").warning("lost %s", "it", extra={"stream": "S"})
    logging.getLogger("b").debug("not this")
    first, second = lines(stream)
    assert first["event"] == "call stored"
    assert (first["service"], first["call_id"], first["level"], first["logger"]) == ("demo", "c1", "info", "a")
    assert (second["event"], second["stream"], second["level"], second["logger"]) == ("lost it", "S", "warning", "b")
    assert {"timestamp"} <= first.keys() & second.keys()


def test_trace_ids_when_a_span_is_active(stream: io.StringIO):
    setup_logging("demo", "info", "json", stream)
    log = structlog.stdlib.get_logger("a")
    log.info("outside")
    with trace.use_span(trace.NonRecordingSpan(trace.SpanContext(0xABC, 0xDEF, is_remote=False))):
        log.info("inside")
    outside, inside = lines(stream)
    assert "trace_id" not in outside
    assert (inside["trace_id"], inside["span_id"]) == (f"{0xABC:032x}", f"{0xDEF:016x}")


@pytest.mark.parametrize("format", ["json", "console"])
def test_secrets_are_not_logged(stream: io.StringIO, format):
    setup_logging("demo", "info", format, stream)
    structlog.stdlib.get_logger("a").info(
        "connecting to nats://user:hunter2@host",
        password="hunter2",
        settings={"ami_secret": "hunter2", "nested": {"Authorization": "Bearer hunter2"}},
        urls=["postgres://u:hunter2@h/d"],
        dsn=SecretStr("hunter2"),
    )
    logging.getLogger("b").error("cannot connect to postgres://u:hunter2@h/d")
    try:
        raise ValueError("postgres://u:hunter2@h/d is down")
    except ValueError:
        structlog.stdlib.get_logger("a").exception("failed")
    assert "failed" in stream.getvalue()
    assert "nats://user:" in stream.getvalue()
    assert "hunter2" not in stream.getvalue()


@pytest.mark.parametrize("given", [True, ConnectionRefusedError("postgres://u:hunter2@h refuses")])
def test_what_is_tried_again_says_why_and_not_where(stream: io.StringIO, given):
    setup_logging("demo", "info", "json", stream)
    try:
        raise ConnectionRefusedError("postgres://u:hunter2@h refuses")
    except ConnectionRefusedError:
        logging.getLogger("asyncpg.pool").warning("retrying", exc_info=given)
    structlog.stdlib.get_logger("a").warning("nested", exc_info=given if given is not True else None)
    line, ours = lines(stream)
    assert line["error"] == "ConnectionRefusedError: postgres://u:**********@h refuses"
    assert "exception" not in line | ours
    assert "exc_info" not in line | ours


def test_exceptions_are_one_line_of_json(stream: io.StringIO):
    setup_logging("demo", "info", "json", stream)
    try:
        raise ValueError("oops")
    except ValueError:
        structlog.stdlib.get_logger("a").exception("failed")
    (line,) = lines(stream)
    assert "ValueError: oops" in str(line["exception"])


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("nats://hunter2@host:4222", "nats://**********@host:4222"),
        ("tls://hunter2@a,nats://hunter2@b", "tls://**********@a,nats://**********@b"),
        ("nats://u:hunter2@a:1,nats://v:hunter2@b:2", "nats://u:**********@a:1,nats://v:**********@b:2"),
        ("postgresql://u:hunter@2@host/d", "postgresql://u:**********@host/d"),
        ("postgresql://u:hunter,2@host/d", "postgresql://u:**********@host/d"),
        ("postgresql://:hunter2@host/d", "postgresql://:**********@host/d"),
        ("postgresql://host/d?user=u&password=hunter2&ssl=on", "postgresql://host/d?user=u&password=**********&ssl=on"),
        ("postgresql://postgres@127.0.0.1:5432/d", "postgresql://postgres@127.0.0.1:5432/d"),
        ("http://127.0.0.1:2013/ for a@b", "http://127.0.0.1:2013/ for a@b"),
    ],
)
def test_secrets_in_urls_are_hidden_and_nothing_else(url: str, shown: str):
    assert hide_url_passwords(url) == shown
