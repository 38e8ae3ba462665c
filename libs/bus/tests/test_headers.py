"""Headers are read as nats-py reads them, only faster."""

import pytest
from cti_bus.client import Client
from hypothesis import example, given
from hypothesis import strategies as st
from nats.aio import client

PIECES = st.sampled_from(
    [b"ce-id", b"Nats-Msg-Id", b"\xd0\x98", b":", b": ", b"\r\n", b"\n", b" ", b"\t", b"\x1c", b"\xff", b"v", b""]
)


@given(st.lists(PIECES | st.binary(max_size=4), max_size=30).map(b"".join))
def test_the_same_bytes_give_the_same_headers(raw: bytes) -> None:
    assert Client._parse_header_lines(raw) == client.Client._parse_header_lines(raw)


@given(st.lists(PIECES | st.binary(max_size=4), max_size=12).map(b"".join))
@example(b"")
async def test_a_message_has_the_headers_that_it_has_in_nats_py(raw: bytes) -> None:
    await _alike(b"NATS/1.0\r\n" + raw + b"\r\n\r\n")


@pytest.mark.parametrize(
    "whole",
    [
        b"",
        b"NATS/1.0\r\n\r\n",
        b"NATS/1.0 404\r\n\r\n",
        b"NATS/1.0 408 Request Timeout\r\nNats-Pending-Messages: 3\r\n\r\n",
        b"NATS/1.0 100 Idle Heartbeat\r\nNats-Last-Consumer: 9\r\nNats-Last-Stream: 7\r\n\r\n",
    ],
)
async def test_a_status_is_read_as_nats_py_reads_it(whole: bytes) -> None:
    await _alike(whole)


async def _alike(whole: bytes) -> None:
    ours, theirs = await Client()._process_headers(whole), await client.Client()._process_headers(whole)
    for name in {"ce-id", "Nats-Msg-Id", *(theirs or ())}:
        assert (name in (ours or {})) == (name in (theirs or {}))
    assert dict(ours or {}) == (theirs or {})


async def test_headers_are_read_when_asked_for_and_once(monkeypatch) -> None:
    seen: list[bytes] = []
    monkeypatch.setattr(Client, "_parse_header_lines", staticmethod(lambda raw: seen.append(raw) or {"a": "b"}))
    headers = await Client()._process_headers(b"NATS/1.0\r\na: b\r\n\r\n")
    assert "traceparent" not in headers
    assert not seen
    assert "a" in headers
    assert headers["a"] == headers.get("a") == "b"
    assert (dict(headers), len(headers), seen) == ({"a": "b"}, 1, [b"a: b\r\n\r\n"])
