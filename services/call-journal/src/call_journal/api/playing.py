"""A recording as an answer: headers, ranges, and what goes wrong in the place where it lies."""

import mimetypes
from collections.abc import AsyncIterator

import asyncpg
import structlog
from cti_api.problems import documented
from litestar.datastructures import State
from litestar.exceptions import HTTPException, NotFoundException
from litestar.response import Stream

from call_journal.audio.sound import NotSatisfiable, NotThere, Sound, SoundError, TooSlow, span_of
from call_journal.store.recordings import audited

_log = structlog.get_logger(__name__)
SOUND_PROBLEMS = documented(
    s416="The range lies behind its end; `Content-Range` says where that is.",
    s502="The system that has the recording does not give it; `detail` says why.",
    s504="The system that has the recording did not answer in time.",
)
_HEADERS = {
    "Accept-Ranges": "bytes",
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
}


async def played(
    state: State, row: asyncpg.Record, asked: str | None, listener: str, granted_by: str, how: str
) -> Stream:
    """The sound as an answer. Who listens is written down before the first byte; if it cannot be, nothing is heard."""
    try:
        sound = await state.listening.open(row, span_of(asked))
    except SoundError as error:
        raise _answer(row, error) from error
    try:
        await audited(state.pool, row, listener, granted_by, how)
        first = await anext(sound.chunks, b"")  # what goes wrong at the start is still answered in words
    except SoundError as error:
        raise _answer(row, error) from error
    except BaseException:
        await sound.close()
        raise
    partial = sound.first is not None
    return Stream(
        _passed(first, sound),
        status_code=206 if partial else 200,
        media_type=sound.content_type,
        headers=_HEADERS | _own(row, sound),
    )


async def _passed(first: bytes, sound: Sound) -> AsyncIterator[bytes]:
    """The chunks. One that fails later breaks the answer off: the length that was told shows that it is not whole."""
    try:
        yield first
        async for chunk in sound.chunks:
            yield chunk
    finally:
        await sound.close()


def _own(row: asyncpg.Record, sound: Sound) -> dict[str, str]:
    ending = mimetypes.guess_extension(sound.content_type) or ""
    headers = {"Content-Disposition": f'inline; filename="{row["recording"]}{ending}"'}
    if sound.first is not None and sound.last is not None:
        headers["Content-Range"] = f"bytes {sound.first}-{sound.last}/{'*' if sound.size is None else sound.size}"
        headers["Content-Length"] = str(sound.last - sound.first + 1)
    elif sound.size is not None:
        headers["Content-Length"] = str(sound.size)
    return headers


def _answer(row: asyncpg.Record, error: SoundError) -> HTTPException:
    if isinstance(error, NotThere):
        return NotFoundException(detail=str(error))
    if isinstance(error, NotSatisfiable):
        headers = {"Content-Range": f"bytes */{'*' if error.size is None else error.size}"}
        return HTTPException(status_code=416, detail=str(error), headers=headers)
    _log.warning("recording not handed out", pbx=row["pbx"], recording=row["recording"], error=str(error))
    return HTTPException(status_code=504 if isinstance(error, TooSlow) else 502, detail=str(error))
