"""The places where recordings lie: a folder that nothing leads out of, and another system that may do anything."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from call_journal.audio.folder import Folder
from call_journal.audio.places import places
from call_journal.audio.sound import NotSatisfiable, NotThere, Recorded, Refused, Span, TooSlow
from call_journal.settings import RecordingSource
from pydantic import ValidationError

LIMIT = 1000


def recorded(recording_id="rec-1", location="", native_id="uuid-1"):
    return Recorded(tenant="t", pbx="pbx", recording_id=recording_id, native_id=native_id, location=location)


async def heard(place, wanted, span=None):
    sound = await place.open(wanted, span)
    return b"".join([chunk async for chunk in sound.chunks])


@pytest.fixture
def root(tmp_path):
    (tmp_path / "secret.wav").write_bytes(b"secret")
    root = tmp_path / "monitor"
    (root / "2026" / "03").mkdir(parents=True)
    (root / "2026" / "03" / "a.wav").write_bytes(b"sound a")
    (root / "rec-1.wav").write_bytes(b"sound 1")
    (root / "large.wav").write_bytes(b"x" * (LIMIT + 1))
    (root / "empty.wav").write_bytes(b"")
    (root / "link.wav").symlink_to(tmp_path / "secret.wav")
    (root / "inner.wav").symlink_to(root / "rec-1.wav")
    (root / "out").symlink_to(tmp_path, target_is_directory=True)
    os.mkfifo(root / "pipe.wav")
    return root


def folder(root, strip="/var/spool/asterisk/monitor", deletes=True):
    return Folder(root, strip=strip, file="{recording_id}.wav", most_bytes=LIMIT, deletes=deletes)


@pytest.mark.parametrize(
    ("wanted", "sound"),
    [
        (recorded(), b"sound 1"),
        (recorded(location="2026/03/a.wav"), b"sound a"),
        (recorded(location="/var/spool/asterisk/monitor/2026/03/a.wav"), b"sound a"),
        (recorded("/var/spool/asterisk/monitor/2026/03/a.wav"), b"sound a"),
        (recorded("empty"), b""),
    ],
)
async def test_a_file_is_found_where_the_pbx_said_or_by_its_id(root, wanted, sound):
    assert await heard(folder(root), wanted) == sound


@pytest.mark.parametrize(
    "name",
    [
        "../secret.wav", "2026/../../secret.wav", "/etc/passwd", "/var/spool/asterisk/monitor/../secret.wav", "..", ".",
        "2026//03/a.wav", "", "2026", "2026/03", "no.wav", "no/a.wav", "a\0.wav", "..\\secret.wav", "rec-1.wav/",
        "link.wav", "inner.wav", "out/secret.wav", "out/monitor/rec-1.wav", "pipe.wav", "./rec-1.wav/../../secret.wav",
        "/var/spool/asterisk/monitor", "x" * 5000, "%2e%2e/secret.wav",
    ],
)  # fmt: skip
async def test_nothing_outside_is_opened_or_deleted_and_no_symbolic_link_followed(root, name):
    before = sorted(root.parent.rglob("*"))
    place = Folder(root, strip="/var/spool/asterisk/monitor", file="{recording_id}", most_bytes=LIMIT, deletes=True)
    for wanted in (recorded(location=name), recorded(name)):
        if name == "" and wanted.recording_id == "rec-1":
            continue  # no location: then the id counts
        with pytest.raises(NotThere):
            await heard(place, wanted)
    assert sorted(root.parent.rglob("*")) == before


async def test_deleting_stays_inside_and_deletes_a_link_itself(root):
    place = folder(root)
    for name in ("../secret.wav", "out/secret.wav"):
        with suppress(NotThere):
            await place.remove(recorded(location=name))
    await place.remove(recorded(location="link.wav"))
    await place.remove(recorded())
    await place.remove(recorded())
    assert (root.parent / "secret.wav").read_bytes() == b"secret"
    assert not (root / "rec-1.wav").exists()
    assert not (root / "link.wav").is_symlink()


async def test_a_link_put_in_place_of_a_folder_leads_nowhere(root, tmp_path):
    (root / "2026").rename(tmp_path / "moved")
    (root / "2026").symlink_to(tmp_path / "moved", target_is_directory=True)
    with pytest.raises(NotThere):
        await heard(folder(root), recorded(location="2026/03/a.wav"))


async def test_what_is_too_large_or_unreadable_is_refused_and_no_file_stays_open(root, tmp_path):
    def open_files():
        return [os.readlink(f"/proc/self/fd/{each}") for each in os.listdir("/proc/self/fd") if _is_link(each)]

    with pytest.raises(Refused, match="larger"):
        await heard(folder(root), recorded("large"))
    with pytest.raises(Refused, match="folder"):
        await heard(folder(tmp_path / "gone"), recorded())
    with pytest.raises(NotSatisfiable):
        await heard(folder(root), recorded(), Span(99, None))
    sound = await folder(root).open(recorded(), None)
    await sound.close()
    await sound.close()
    assert not [each for each in open_files() if str(root) in each]


def _is_link(number):
    return os.path.islink(f"/proc/self/fd/{number}")


@asynccontextmanager
async def system(
    *answers: bytes | None, release: asyncio.Event | None = None
) -> AsyncIterator[tuple[str, list[bytes]]]:
    """Another system: writes these bytes to each request, the last ones after `release`; None: says nothing."""
    asked: list[bytes] = []

    async def serve(reader, writer):
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        for number, each in enumerate(answers):
            if each is None or (release is not None and number == len(answers) - 1):
                await (release or asyncio.Event()).wait()
            writer.write(each or b"")
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked
    finally:
        server.close()


def answer(body: bytes, status="200 OK", kind="audio/mpeg", length: int | None = -1, more="") -> bytes:
    size = f"Content-Length: {len(body) if length == -1 else length}\r\n" if length is not None else ""
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{size}{more}Connection: close\r\n\r\n".encode() + body


@asynccontextmanager
async def remote(url, path="/files/{recording_id}?id={native_id}", **how):
    source = RecordingSource(url=url + path, most_mb=1, **how)
    async with places({"pbx": source}) as found:
        yield found["pbx"]


async def test_another_system_is_asked_with_its_credentials_and_ids_are_quoted(tmp_path):
    (tmp_path / "headers").write_text("X-Key: k\nAuthorization: Bearer from-file\n")
    sent = {"headers": {"X-More": "m"}, "headers_file": tmp_path / "headers"}
    async with system(answer(b"sound")) as (url, asked), remote(url, **sent) as place:
        assert await heard(place, recorded("../a b?c#d")) == b"sound"
    head = asked[0].decode()
    assert head.startswith("GET /files/..%2Fa%20b%3Fc%23d?id=uuid-1 HTTP/1.1")
    assert {"x-key: k", "authorization: bearer from-file", "x-more: m", "accept-encoding: identity"} <= set(
        head.lower().splitlines()
    )


async def test_a_range_is_passed_on_and_so_is_what_comes_of_it():
    part = answer(b"ell", "206 Partial Content", more="Content-Range: bytes 1-3/5\r\n")
    async with system(part) as (url, asked), remote(url) as place:
        sound = await place.open(recorded(), Span(1, 3))
        assert (sound.first, sound.last, sound.size, b"".join([each async for each in sound.chunks])) == (
            1,
            3,
            5,
            b"ell",
        )
        assert b"bytes=1-3" in asked[0]
    async with system(answer(b"hello")) as (url, _), remote(url) as place:
        sound = await place.open(recorded(), Span(1, 3))
        assert (sound.first, sound.size, b"".join([each async for each in sound.chunks])) == (None, 5, b"hello")
    async with system(answer(b"ell", "206 Partial Content")) as (url, _), remote(url) as place:
        with pytest.raises(Refused, match="without saying which"):
            await place.open(recorded(), Span(1, 3))
    beyond = answer(b"", "416 Range Not Satisfiable", more="Content-Range: bytes */5\r\n")
    async with system(beyond) as (url, _), remote(url) as place:
        with pytest.raises(NotSatisfiable) as error:
            await place.open(recorded(), Span(9, None))
        assert error.value.size == 5


async def test_sound_is_passed_on_before_all_of_it_has_come():
    release = asyncio.Event()
    async with system(answer(b"first", length=11), b"second", release=release) as (url, _), remote(url) as place:
        sound = await place.open(recorded(), None)
        assert await anext(sound.chunks) == b"first"
        release.set()
        assert b"".join([each async for each in sound.chunks]) == b"second"


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        (answer(b"", "404 Not Found"), NotThere, "no such"),
        (answer(b"", "410 Gone"), NotThere, "no such"),
        (answer(b"", "401 Unauthorized"), Refused, "401"),
        (answer(b"", "500 Oops"), Refused, "500"),
        (answer(b"", "302 Found", more="Location: http://127.0.0.1:1/\r\n"), Refused, "302"),
        (answer(b"+OK: Not found.", kind="text/plain"), Refused, "no sound"),
        (answer(b"<html>", kind="text/html; charset=utf-8"), Refused, "no sound"),
        (answer(b"x", more="Content-Encoding: gzip\r\n"), Refused, "encoding"),
        (answer(b"", length=2 * 1024 * 1024), Refused, "larger"),
        (answer(b"x" * (1024 * 1024 + 1), length=None), Refused, "larger"),
        (answer(b"short", length=100), Refused, "broke off"),
        (answer(b"abc", "206 Partial Content", more="Content-Range: bytes 0-2/9\r\n"), Refused, "206"),
        (b"nonsense\r\n\r\n", Refused, "cannot be reached"),
        (None, TooSlow, "in time"),
    ],
)
async def test_what_another_system_does_wrong_is_told_in_words(given, error, words):
    async with system(given) as (url, _), remote(url, timeout_s=0.3 if given is None else 20) as place:
        with pytest.raises(error, match=words):
            await heard(place, recorded())


async def test_a_system_that_is_not_there_is_refused_and_hidden():
    async with remote("http://127.0.0.1:1") as place:
        with pytest.raises(Refused, match="cannot be reached") as error:
            await heard(place, recorded())
    assert "127.0.0.1" not in str(error.value)


async def test_a_recording_without_the_id_that_the_address_needs_is_not_there():
    async with remote("http://127.0.0.1:1", "/{location}") as place:
        for location in ("", ".", ".."):
            with pytest.raises(NotThere):
                await heard(place, recorded(location=location))


async def test_deleting_over_http_says_when_it_is_refused():
    for given, refused in ((answer(b"", "204 No Content"), False), (answer(b"", "404 Not Found"), False),
                           (answer(b"", "403 Forbidden"), True)):  # fmt: skip
        async with system(given) as (url, asked), remote(url, delete=True) as place:
            assert place.deletes
            if refused:
                with pytest.raises(Refused, match="403"):
                    await place.remove(recorded())
            else:
                await place.remove(recorded())
            assert asked[0].startswith(b"DELETE /files/rec-1")


@pytest.mark.parametrize(
    "wrong", [{}, {"folder": "/a", "url": "http://h/{location}"}, {"url": "http://{location}/x"},
              {"url": "ftp://h/{location}"}, {"url": "http://h/x"}],
)  # fmt: skip
def test_a_source_is_either_a_folder_or_an_address_whose_host_is_fixed(wrong):
    with pytest.raises(ValidationError):
        RecordingSource(**wrong)
