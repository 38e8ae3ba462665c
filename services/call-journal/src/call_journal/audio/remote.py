"""Recordings that another system hands out over HTTP."""

from collections.abc import AsyncIterator
from urllib.parse import quote

import httpx

from call_journal.audio.sound import (
    ANYTHING,
    NotSatisfiable,
    NotThere,
    Recorded,
    Refused,
    Sound,
    Span,
    TooSlow,
    is_sound,
    type_of_name,
)

_ABSENT = (httpx.codes.NOT_FOUND, httpx.codes.GONE)


class Remote:
    """A system behind `url`, in which `{recording_id}`, `{native_id}`, `{location}` and `{tenant}` stand for what the
    PBX told, each quoted as one part of the address: a recording cannot choose the host or the path.

    Its answer is passed on chunk by chunk as it comes. `client` carries credentials and timeouts and follows no
    redirect.
    """

    def __init__(self, client: httpx.AsyncClient, url: str, *, most_bytes: int, deletes: bool) -> None:
        self._client = client
        self._url = url
        self._most_bytes = most_bytes
        self.deletes = deletes

    def type_of(self, wanted: Recorded) -> str | None:
        """What the name of its location tells, if it does."""
        return type_of_name(wanted.location)

    async def open(self, wanted: Recorded, span: Span | None) -> Sound:
        """Open it; raises `SoundError`."""
        headers = {"Accept-Encoding": "identity"} | ({"Range": str(span)} if span is not None else {})
        answer = await self._asked("GET", wanted, headers)
        try:
            return self._sound(answer, span)
        except BaseException:
            await answer.aclose()
            raise

    async def remove(self, wanted: Recorded) -> None:
        """Ask to delete it; raises `SoundError`."""
        answer = await self._asked("DELETE", wanted, {})
        await answer.aclose()
        if not answer.is_success and answer.status_code not in _ABSENT:
            raise Refused(f"the recording system answered {answer.status_code} to DELETE")

    async def _asked(self, method: str, wanted: Recorded, headers: dict[str, str]) -> httpx.Response:
        try:
            request = self._client.build_request(method, self._address(wanted), headers=headers)
            return await self._client.send(request, stream=True)
        except httpx.TimeoutException as error:
            raise TooSlow("the recording system did not answer in time") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Refused(f"the recording system cannot be reached: {type(error).__name__}") from error

    def _address(self, wanted: Recorded) -> str:
        url = self._url
        for name in ("recording_id", "native_id", "location", "tenant"):
            if f"{{{name}}}" not in url:
                continue
            value = getattr(wanted, name)
            if value in ("", ".", ".."):
                raise NotThere("there is no such recording")
            url = url.replace(f"{{{name}}}", quote(value, safe=""))
        return url

    def _sound(self, answer: httpx.Response, span: Span | None) -> Sound:
        status = answer.status_code
        if status in _ABSENT:
            raise NotThere("the recording system has no such recording")
        if status == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE and span is not None:
            raise NotSatisfiable(_size_of(answer.headers.get("content-range", "")))
        if status != httpx.codes.OK and (span is None or status != httpx.codes.PARTIAL_CONTENT):
            raise Refused(f"the recording system answered {status}")
        content_type = answer.headers.get("content-type", ANYTHING).partition(";")[0].strip().lower()
        if not is_sound(content_type):
            raise Refused("the recording system answered something that is no sound")
        if answer.headers.get("content-encoding", "identity") != "identity":
            raise Refused("the recording system answered in an encoding that was not asked for")
        length = _number(answer.headers.get("content-length", ""))
        if length is not None and length > self._most_bytes:
            raise Refused("the recording is larger than this journal hands out")
        whole = Sound(content_type=content_type, size=length, chunks=self._chunks(answer, length), close=answer.aclose)
        return whole if status == httpx.codes.OK else _part(whole, answer.headers.get("content-range", ""))

    async def _chunks(self, answer: httpx.Response, length: int | None) -> AsyncIterator[bytes]:
        passed = 0
        try:
            async for chunk in answer.aiter_raw():
                passed += len(chunk)
                if passed > self._most_bytes:
                    raise Refused("the recording is larger than this journal hands out")
                yield chunk
            if length is not None and passed != length:
                raise Refused("the recording system broke off")
        except httpx.HTTPError as error:
            raise Refused(f"the recording system broke off: {type(error).__name__}") from error
        finally:
            await answer.aclose()


def _part(sound: Sound, content_range: str) -> Sound:
    """The part that the other system says it gives: `bytes 0-99/1000`."""
    span, _, _ = content_range.removeprefix("bytes ").partition("/")
    first, last = (_number(each) for each in (*span.split("-", 1), "")[:2])
    if first is None or last is None or last < first or sound.size not in (None, last - first + 1):
        raise Refused("the recording system answered a part without saying which")
    return Sound(
        content_type=sound.content_type,
        size=_size_of(content_range),
        chunks=sound.chunks,
        close=sound.close,
        first=first,
        last=last,
    )


def _size_of(content_range: str) -> int | None:
    return _number(content_range.rpartition("/")[2])


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 19 else None
