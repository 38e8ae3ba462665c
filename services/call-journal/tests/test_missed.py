"""Calls from outside that nobody answered, and who spoke with the caller since."""

from datetime import UTC, datetime, timedelta

import pytest

from .history import bearer, every_item, got, reading

_CALL = """
    INSERT INTO call VALUES ('replay', $1, 'pbx', 1, 1, 'inbound', '700', $2, $3, NULL, $4, NULL, $5,
        jsonb_build_object('connections', jsonb_build_array(
            jsonb_build_object('party', jsonb_build_object('number', $6::text, 'name', 'Ann')))))
"""
_RECORD = """
    INSERT INTO call_record VALUES ('replay', $1, $2, 'pbx', 1, $3, $3, $4, false, $5, translate($5, '+- ', ''), 'Ann',
        $6, 'self', $7, $8, $9, 3, 0, 0, 0, '', '', NULL, '')
"""


def at(minute: int) -> datetime:
    return datetime(2026, 5, 1, 12, minute, tzinfo=UTC)


class Told:
    """Writes single calls into the journal."""

    def __init__(self, pool) -> None:
        self.pool = pool

    async def missed(self, call_id, minute, number, *, queue="", phones=("101",), merged_into=None, ended=True):
        end = at(minute) + timedelta(seconds=20) if ended else None
        await self.pool.execute(_CALL, call_id, queue, at(minute), end, merged_into, number)
        for user in phones:
            await self.talk(
                f"{call_id}-{user}", minute, number, user, call_id=call_id, direction="in", outcome="missed"
            )

    async def talk(self, name, minute, number, user, *, call_id="", direction="out", outcome="answered"):
        answered = at(minute) + timedelta(seconds=3) if outcome == "answered" else None
        end = at(minute) + timedelta(seconds=20)
        await self.pool.execute(
            _RECORD, name, call_id or name, user, direction, number, outcome, at(minute), answered, end
        )


@pytest.fixture
def told(pool) -> Told:
    return Told(pool)


@pytest.fixture
async def client(pool):
    async with reading(pool) as made:
        yield made


async def missed(client, **asked) -> dict[str, dict]:
    return {each["call_id"]: each for each in await every_item(client, "/v1/missed", **asked)}


async def test_the_first_talk_with_that_number_since_ends_it(client, told):
    await told.missed("m", 10, "+79031112233")
    await told.talk("before", 5, "+79031112233", "104")
    await told.talk("in vain", 11, "+79031112233", "104", outcome="no_answer")
    assert (await missed(client, state="open"))["m"]["called_back"] is None
    await told.talk("back", 12, "89031112233", "102")  # dialled with another prefix
    await told.talk("again", 13, "+79031112233", "103")
    assert await missed(client, state="open") == {}
    (found,) = (await missed(client, state="called_back")).values()
    assert found["called_back"] == {
        "user": "102", "at": "2026-05-01T12:12:00Z", "direction": "out", "call_id": "back",
    }  # fmt: skip
    assert found == (await missed(client))["m"]


async def test_a_caller_who_tries_again_and_is_answered_waits_no_more(client, told):
    await told.missed("m", 10, "+79031112233", queue="sales", phones=())
    await told.talk("again", 15, "+79031112233", "103", direction="in")
    found = (await missed(client))["m"]
    assert (found["outcome"], found["wait_s"], found["queue"]) == ("abandoned", 20.0, "sales")
    assert (found["called_back"]["user"], found["called_back"]["direction"]) == ("103", "in")


async def test_anonymous_callers_cannot_be_called_back(client, told):
    await told.missed("m", 10, "")
    await told.talk("other", 12, "", "102")
    assert (await missed(client))["m"]["called_back"] is None


async def test_what_went_on_as_another_call_or_still_rings_is_not_missed(client, told):
    await told.missed("merged", 10, "+79031112233", merged_into="x")
    await told.missed("ringing", 11, "+79031112233", ended=False)
    await told.missed("lost", 12, "+79031112233")
    assert set(await missed(client)) == {"lost"}


async def test_an_operator_sees_what_rang_their_phone_and_who_called_back(client, told):
    await told.missed("mine", 10, "+79031112233", phones=("101", "102"))
    await told.missed("other", 11, "+79031112244", phones=("102",))
    await told.talk("back", 12, "+79031112233", "102")
    mine = {each["call_id"]: each for each in (await got(client, "/v1/missed", bearer("101", "operator")))["items"]}
    assert set(mine) == {"mine"}
    assert mine["mine"]["called_back"]["user"] == "102"
    assert (await got(client, "/v1/missed", bearer("101", "operator"), user="102"))["items"] == []


async def test_the_newest_call_with_each_party(client, told):
    await told.talk("a1", 10, "+79031112233", "101")
    await told.talk("a2", 12, "89031112233", "102")
    await told.talk("b", 11, "112", "101")
    assert [each["connection_id"] for each in await got(client, "/v1/recent")] == ["a2", "b"]
    assert [each["connection_id"] for each in await got(client, "/v1/recent", user="101")] == ["b", "a1"]
    assert [each["connection_id"] for each in await got(client, "/v1/recent", number="(903) 111-22-33")] == ["a2"]
    mine = bearer("101", "operator")
    assert [each["connection_id"] for each in await got(client, "/v1/recent", mine)] == ["b", "a1"]
    assert await got(client, "/v1/recent", mine, user="102") == []


async def test_a_missed_caller_has_the_name_that_the_directory_told(client, told):
    await told.missed("m", 10, "+79031112233")
    assert (await missed(client))["m"]["name"] == "Ann"
    await told.pool.execute(
        """
        INSERT INTO identification
        VALUES ('replay', 'm-101', '+79031112233', 'm', 7, 'e', now(), 'observed', 'c1', NULL, NULL, 'Ivan', '[]')
        """
    )
    assert (await missed(client))["m"]["name"] == "Ivan"
