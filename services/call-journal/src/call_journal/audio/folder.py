"""Recordings in a mounted folder."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator
from pathlib import Path, PurePosixPath

from call_journal.audio.sound import ANYTHING, NotThere, Recorded, Refused, Sound, Span, type_of_name

_CHUNK_BYTES = 128 * 1024
_SAFE = os.O_NOFOLLOW | os.O_CLOEXEC


class Folder:
    """Files below a folder.

    The file is where the PBX said (`location`; an id that holds a slash is one, too) without `strip`, the PBX's own
    name of the folder; if it did not say, `file` with `{recording_id}`. Nothing outside is ever opened: every step from
    the folder on is made without following symbolic links, the file's name too, so that one put there later does not
    lead away either. Only the folder itself may be one.
    """

    def __init__(self, folder: Path, *, strip: str, file: str, most_bytes: int, deletes: bool) -> None:
        self._folder = folder
        self._strip = strip
        self._file = file
        self._most_bytes = most_bytes
        self.deletes = deletes

    def type_of(self, wanted: Recorded) -> str | None:
        """The type that the file's name tells."""
        return type_of_name(self._name(wanted))

    async def open(self, wanted: Recorded, span: Span | None) -> Sound:
        """Open it; raises `SoundError`."""
        steps = self._steps(wanted)
        file = await asyncio.to_thread(self._opened, steps)
        try:
            size = os.fstat(file).st_size
            if size > self._most_bytes:
                raise Refused("the recording is larger than this journal hands out")
            first, last = span.within(size) if span is not None else (0, size - 1)
        except BaseException:
            os.close(file)
            raise
        handle = _Handle(file)
        return Sound(
            content_type=type_of_name(steps[-1]) or ANYTHING,
            size=size,
            chunks=_chunks(handle, first, last),
            close=handle.close,
            first=first if span is not None else None,
            last=last if span is not None else None,
        )

    async def remove(self, wanted: Recorded) -> None:
        """Delete the file; raises `SoundError`."""
        await asyncio.to_thread(self._removed, self._steps(wanted))

    def _name(self, wanted: Recorded) -> str:
        told = wanted.location or (wanted.recording_id if "/" in wanted.recording_id else "")
        if not told:
            return self._file.replace("{recording_id}", wanted.recording_id)
        path = PurePosixPath(told)
        return str(path.relative_to(self._strip)) if self._strip and path.is_relative_to(self._strip) else told

    def _steps(self, wanted: Recorded) -> list[str]:
        """The folders and the file on the way; raises `NotThere` for a way that leads out."""
        name = self._name(wanted)
        steps = name.split("/")
        if "\0" in name or "\\" in name or any(each in ("", ".", "..") for each in steps):
            raise NotThere("there is no such recording")
        return steps

    def _opened(self, steps: list[str]) -> int:
        folder = self._inside(steps[:-1])
        try:
            # Without O_NONBLOCK a named pipe would hold this thread for ever.
            file = os.open(steps[-1], os.O_RDONLY | os.O_NONBLOCK | _SAFE, dir_fd=folder)
        except (OSError, ValueError) as error:
            raise _told(error) from error
        finally:
            os.close(folder)
        if not stat.S_ISREG(os.fstat(file).st_mode):
            os.close(file)
            raise NotThere("there is no such recording")
        return file

    def _removed(self, steps: list[str]) -> None:
        try:
            folder = self._inside(steps[:-1])
        except NotThere:
            return
        try:
            os.unlink(steps[-1], dir_fd=folder)
        except FileNotFoundError:
            return
        except OSError as error:
            raise Refused(f"the recording's file cannot be deleted: {error.strerror}") from error
        finally:
            os.close(folder)

    def _inside(self, steps: list[str]) -> int:
        """The innermost folder, opened step by step."""
        try:
            folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise Refused(f"the folder of recordings cannot be read: {error.strerror}") from error
        for step in steps:
            try:
                inner = os.open(step, os.O_RDONLY | os.O_DIRECTORY | _SAFE, dir_fd=folder)
            except OSError as error:
                raise _told(error) from error
            finally:
                os.close(folder)
            folder = inner
        return folder


class _Handle:
    def __init__(self, file: int) -> None:
        self._file: int | None = file

    def read(self, count: int, at: int) -> bytes:
        return os.pread(self._file, count, at) if self._file is not None else b""

    async def close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            os.close(file)


async def _chunks(handle: _Handle, first: int, last: int) -> AsyncIterator[bytes]:
    try:
        while first <= last:
            chunk = await asyncio.to_thread(handle.read, min(_CHUNK_BYTES, last + 1 - first), first)
            if not chunk:
                raise Refused("the recording became shorter while it was read")
            first += len(chunk)
            yield chunk
    finally:
        await handle.close()


def _told(error: OSError | ValueError) -> NotThere | Refused:
    if isinstance(error, PermissionError):
        return Refused("the recording's file cannot be read")
    return NotThere("there is no such recording")
