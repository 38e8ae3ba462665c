"""Whatever is sent is answered as the document says, in words, and nothing of it is a failure of ours."""

import pytest
from cti_devstack.hostile import Request, disagreeing
from cti_devstack.walking import methods_told_wrongly

from .making import all_made


@pytest.mark.timeout(300)
async def test_nothing_that_is_sent_is_a_failure(client, bearer):
    items = await all_made(client, bearer())
    client.headers = bearer("admin")
    document = client._transport.app.openapi_schema.to_schema()
    files = [
        Request("POST", path, (), body, frozenset({200, 422}))
        for path in (b"/v1/contacts/import", b"/v1/imports/users")
        for body in (
            b"",
            b"\0",
            b"\xff\xfe",
            b"x" * 1_048_576,
            b'external_id,name\n"',
            b"external_id,name\n" + b"\n" * 9,
        )
    ]
    assert await disagreeing(client, document, {"entity_id": items["contacts"]["id"]}, files) == []
    assert await methods_told_wrongly(client, document) == []
