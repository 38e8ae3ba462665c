"""Webitel of the old generation, from a talk to its sound in the journal: no part of the system is replaced."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from cti_devstack import pbx
from cti_simulators.webitel.old import WebitelOldServer
from cti_simulators.webitel.old.demo import accounts

from tests.e2e.office import TENANT, Company, served
from tests.running import DEADLINE_S, until

pytestmark = pytest.mark.asyncio(loop_scope="session")


@asynccontextmanager
async def office(state: Path) -> AsyncIterator[tuple[Company, WebitelOldServer]]:
    webitel = WebitelOldServer(accounts(), rng=random.Random(5))
    webitel.archive.recording = True
    webitel.archive.credentials["journal"] = "its-token"
    await webitel.start()
    headers = state / "headers"
    headers.write_text("X-Key: journal\nX-Access-Token: its-token\n", encoding="utf-8")
    place = {"url": f"{webitel.recordings.url}/api/v2/files/{{location}}", "headers_file": str(headers)}
    settings = {
        "TRUNKLINE_WEBITEL_RECORDS": "true",
        "TRUNKLINE_WEBITEL_RECORD_DIR": str(state / "frames"),
        "TRUNKLINE_JOURNAL_RECORDINGS": json.dumps({"webitel": place}),
    }
    port = int(webitel.url.rpartition(":")[2])
    try:
        async with served(state, pbx.webitel_of_old(port), settings) as (stack, hands):
            yield Company(stack, webitel, hands), webitel
    finally:
        await webitel.stop()


def content(state: Path, kind: str) -> bytes:
    """All that stands in files of a kind."""
    return b"".join(path.read_bytes() for path in state.rglob(kind))


async def listed(company: Company) -> list[dict[str, Any]]:
    """The recordings that the journal lists, as soon as there is one."""
    async with asyncio.timeout(DEADLINE_S):
        while not (found := (await company.ask("journal", "/v1/recordings"))["items"]):
            await asyncio.sleep(0.1)
    return found


async def test_a_recorded_talk_is_heard_in_the_journal(tmp_path: Path) -> None:
    async with office(tmp_path) as (company, webitel):
        await until(lambda: len(webitel.signed_in) == 4)
        await company.people('trunk 79161234567 "Ivan" calls 74950000101 as c1; 101 rings; 101 answers')
        await company.people("79161234567 hangs up after 500ms")
        [row] = await listed(company)
        assert [row["recording_id"]] == list(webitel.archive.files)
        assert (row["started_at"], row["duration_s"]) == (None, None)  # the engine does not tell
        token = company.stack.issuer.token("boss", TENANT, ("admin",))
        bearer = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=company.stack.journal_url, timeout=DEADLINE_S) as client:
            whole = await client.get(f"/v1/recordings/{row['id']}/sound", headers=bearer)
            part = await client.get(f"/v1/recordings/{row['id']}/sound", headers=bearer | {"Range": "bytes=4-9"})
        assert (whole.status_code, whole.headers["content-type"]) == (200, "audio/mpeg")
        assert [whole.content] == list(webitel.archive.files.values())
        assert (part.status_code, part.content) == (206, whole.content[4:10])
        assert webitel.recordings.fetched == [row["recording_id"]] * 2
        issued = {token.encode() for key, token in webitel.archive.credentials.items() if key != "journal"}
    assert issued
    for kind in ("*.webitel", "*.log"):
        written = content(tmp_path, kind)
        assert written
        assert not [each for each in issued if each in written], kind
