"""A log-in that a PBX refuses, from the connector's event to the user's sockets of either protocol; and away again."""

import json
from datetime import UTC, datetime

from cti_bus import Publisher
from cti_model.envelope import encode_operator
from cti_model.operators import OperatorEventKind, Refusal, operator_event

from .client import Dial
from .conftest import TENANT
from .test_tms import browsers


def event(kind: OperatorEventKind, reason: Refusal | None = None):
    return operator_event(
        TENANT, "board", "101", "201", kind, datetime.now(UTC), reason=reason, detail="Wrong login/pass combination"
    )


async def test_a_refused_log_in_reaches_the_browser_and_goes_when_it_is_mended(pushing, bus):
    async with pushing() as port, Publisher(bus) as publisher:

        async def tell(kind: OperatorEventKind, reason: Refusal | None = None) -> None:
            message = encode_operator(event(kind, reason))
            await publisher.publish(message.subject, message.body, message.headers, message.message_id)
            await publisher.flush()

        client, _ = await Dial(port)()
        await tell(OperatorEventKind.REFUSED, Refusal.WRONG_PASSWORD)
        update = await client.next()
        error = update["view"]["errors"][0]
        assert (error["device"], error["reason"]) == ("201", "wrong_password")
        assert error["message"] == "Wrong login/pass combination"
        assert update["events"] == [{"name": "error", "error": error}]
        _, welcome = await Dial(port)()
        assert welcome["view"]["errors"] == [error]
        await tell(OperatorEventKind.ADMITTED)
        mended = await client.next()
        assert (mended["events"], "errors" in mended["view"]) == ([], False)


async def test_an_old_panel_is_told_when_it_happens_and_when_it_comes_later(pushing, bus):
    async with pushing() as port, Publisher(bus) as publisher, browsers(port, 2) as (first, second):
        await first.enter()
        message = encode_operator(event(OperatorEventKind.REFUSED, Refusal.LICENCE))
        await publisher.publish(message.subject, message.body, message.headers, message.message_id)
        await publisher.flush()
        told = json.loads((await first.next(3))["content"])
        assert (told["errorType"], told["internalErrorCode"], told["source"]) == (6, "licence", "201")
        await second.enter()
        assert [frame["eventType"] for frame in second.frames] == [1, 2, 12, 3, 10]
        assert json.loads(second.frames[3]["content"]) == told
