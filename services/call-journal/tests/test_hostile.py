"""Whatever is sent is answered as the document says, in words, and nothing of it is a failure of ours."""

import pytest
from call_journal.audio.listening import Listening
from cti_devstack.hostile import disagreeing
from cti_devstack.walking import methods_told_wrongly

from .history import bearer, client_of, make_history

KNOWN = {
    "call_id": "call-2", "connection_id": "connection-2", "recording": "r", "link": "x", "recording_id": "r",
}  # fmt: skip


@pytest.mark.timeout(300)
async def test_nothing_that_is_sent_is_a_failure(pool):
    await make_history(pool, 20, "2026-03-27T00:00:00Z", "5 minutes")
    async with client_of(pool, Listening(), b"e" * 32, headers=bearer("100", "admin")) as client:
        document = client._transport.app.openapi_schema.to_schema()
        assert await disagreeing(client, document, KNOWN) == []
        assert await methods_told_wrongly(client, document) == []
