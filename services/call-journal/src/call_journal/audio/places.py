"""The places of a site's recordings, as the settings name them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
from cti_runtime.errors import SettingsError

from call_journal.audio.folder import Folder
from call_journal.audio.remote import Remote
from call_journal.audio.sound import Place
from call_journal.settings import RecordingSource

_MIB = 1024 * 1024


@asynccontextmanager
async def places(sources: Mapping[str, RecordingSource]) -> AsyncIterator[dict[str, Place]]:
    """A place for each PBX that has one. Raises `SettingsError`."""
    async with AsyncExitStack() as stack:
        found: dict[str, Place] = {}
        for pbx, source in sources.items():
            most_bytes = source.most_mb * _MIB
            if source.folder is not None:
                found[pbx] = Folder(
                    source.folder, strip=source.strip, file=source.file, most_bytes=most_bytes, deletes=source.delete
                )
                continue
            client = httpx.AsyncClient(headers=_headers(pbx, source), timeout=source.timeout_s, follow_redirects=False)
            found[pbx] = Remote(
                await stack.enter_async_context(client), source.url, most_bytes=most_bytes, deletes=source.delete
            )
        yield found


def _headers(pbx: str, source: RecordingSource) -> dict[str, str]:
    """The headers that prove who asks: those of the settings, and a line each of the file."""
    headers = {name: value.get_secret_value() for name, value in source.headers.items()}
    if source.headers_file is not None:
        headers |= _of_file(pbx, source.headers_file)
    return headers


def _of_file(pbx: str, file: Path) -> dict[str, str]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise SettingsError([f"recordings.{pbx}.headers_file cannot be read: {error.strerror}"]) from error
    found = [line.partition(":") for line in lines if line.strip()]
    if not all(name.strip() and colon for name, colon, _ in found):
        raise SettingsError([f"recordings.{pbx}.headers_file: each line is `Name: value`"])
    return {name.strip(): value.strip() for name, _, value in found}
