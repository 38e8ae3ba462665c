"""Headers are read as nats-py reads them, only faster."""

from cti_bus.client import Client
from hypothesis import given
from hypothesis import strategies as st
from nats.aio import client

PIECES = st.sampled_from(
    [b"ce-id", b"Nats-Msg-Id", b"\xd0\x98", b":", b": ", b"\r\n", b"\n", b" ", b"\t", b"\x1c", b"\xff", b"v", b""]
)


@given(st.lists(PIECES | st.binary(max_size=4), max_size=30).map(b"".join))
def test_the_same_bytes_give_the_same_headers(raw: bytes) -> None:
    assert Client._parse_header_lines(raw) == client.Client._parse_header_lines(raw)


async def test_it_is_what_the_client_reads_headers_with(monkeypatch) -> None:
    seen: list[bytes] = []
    monkeypatch.setattr(Client, "_parse_header_lines", staticmethod(lambda raw: seen.append(raw) or {"a": "b"}))
    assert await Client()._process_headers(b"NATS/1.0\r\na: b\r\n\r\n") == {"a": "b"}
    assert seen
