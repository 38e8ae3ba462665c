"""Every number is the length of the list that it names."""

from datetime import datetime

import msgspec
import pytest
from cti_model.counts import Counted

from .history import bearer, every_item, got, make_history, reading

NIGHT = {"from": "2026-03-28T12:00:00+01:00", "to": "2026-03-30T12:00:00+02:00", "tz": "Europe/Berlin"}


def counted(value, path=""):
    """Every number of an answer that names a list, and where it stands."""
    if isinstance(value, dict) and set(value) == set(Counted.__struct_fields__):
        yield path, value
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from counted(each, f"{path}.{name}")
    elif isinstance(value, list):
        for n, each in enumerate(value):
            yield from counted(each, f"{path}[{n}]")


@pytest.mark.parametrize("by", ["none", "user", "queue"])
@pytest.mark.parametrize("interval", ["day", "all"])
async def test_behind_each_number_is_the_list_of_its_calls(client, by, interval):
    answer = await got(client, "/v1/statistics", by=by, interval=interval, within_s="15", **NIGHT)
    numbers = list(counted(answer))
    assert len(numbers) > 15
    assert max(number["value"] for _, number in numbers) > 10
    lists: dict[str, int] = {}
    for where, number in numbers:
        if number["list"] not in lists:
            lists[number["list"]] = len(await every_item(client, number["list"]))
        assert number["value"] == lists[number["list"]], where


NARROWED = [
    {"device": "103"},
    {"number": "(903) 000-00-1"},
    {"text": "пётр 1"},
    {"contact": "c1"},
    {"account": "a1"},
    {"link": "case:7"},
    {"internal": "false", "min_talk_s": "60"},
    {"min_duration_s": "100", "max_duration_s": "200"},
    {"recorded": "true"},
    {"queue": "sales", "user": "200"},
]


@pytest.mark.parametrize("asked", NARROWED, ids=str)
async def test_the_lists_behind_numbers_are_as_narrow_as_the_question(client, pool, asked):
    """With each filter, in each direction: also 0 is the length of its list."""
    links = msgspec.json.encode([{"kind": kind, "id": f"{kind[0]}1"} for kind in ("contact", "account")]).decode()
    await pool.execute(
        "INSERT INTO annotation (tenant, connection_id, version, note, result, changed_by, changed_at, links) "
        "SELECT tenant, connection_id, 1, '', '', 'boss', now(), $1::jsonb || $2::jsonb "
        "FROM call_record WHERE stream_seq % 3 = 0",
        links, '[{"kind": "case", "id": "7"}]',
    )  # fmt: skip
    await pool.execute(
        "INSERT INTO recording SELECT tenant, call_id, 'sound-' || stream_seq, stream_seq, pbx, 'rec', 'line', '', "
        "'700', started_at, started_at, ended_at, ended_at, 'rec.wav' FROM call WHERE stream_seq % 5 = 0"
    )
    answer = await got(client, "/v1/statistics", by="user", interval="all", within_s="15", **NIGHT, **asked)
    everybody = await got(client, "/v1/statistics", by="user", interval="all", within_s="15", **NIGHT)
    (largest,) = [max(answer["rows"], key=lambda row: row["calls"]["value"])]
    for where, number in counted(largest):
        assert number["value"] == len(await every_item(client, number["list"])), where
    assert all(row["inbound"] is None for row in answer["rows"])
    assert (
        0
        < sum(row["calls"]["value"] for row in answer["rows"])
        < sum(row["calls"]["value"] for row in everybody["rows"])
    )


async def test_a_shared_extensions_row_counts_for_each_of_its_users(client, pool):
    await pool.execute("UPDATE call_record SET shared_with = '[\"103\", \"shift\"]' WHERE user_id = '103'")
    rows = (await got(client, "/v1/statistics", by="user", interval="all", **NIGHT))["rows"]
    told = {row["user"]: row for row in rows}
    assert told["shift"]["calls"]["value"] == told["103"]["calls"]["value"] > 10
    for where, number in counted(told["shift"]):
        assert number["value"] == len(await every_item(client, number["list"])), where
    own = await got(client, "/v1/statistics", bearer("shift", "operator"), by="user", interval="all", **NIGHT)
    assert [row["user"] for row in own["rows"]] == ["shift"]
    assert own["rows"][0]["calls"]["value"] == told["shift"]["calls"]["value"]
    in_all = await got(client, "/v1/statistics", by="none", interval="all", **NIGHT)
    assert in_all["rows"][0]["calls"]["value"] == sum(
        row["calls"]["value"] for row in rows if row["user"] != "shift"
    ), "a call is one call, however many share the telephone"


async def test_days_of_berlin_over_the_night_without_an_hour(client):
    """One call begins every five minutes, so that a day's inbound calls tell its length."""
    answer = await got(client, "/v1/statistics", interval="day", **NIGHT)
    assert [row["from"] for row in answer["rows"]] == [
        "2026-03-28T11:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z",
    ]  # fmt: skip
    assert [row["inbound"]["calls"]["value"] for row in answer["rows"]] == [12 * 6, 23 * 6, 12 * 6]


async def test_a_day_of_berlin_with_one_hour_more(pool):
    await make_history(pool, 400, "2026-10-24T20:00:00Z", "5 minutes")
    async with reading(pool) as client:
        asked = {"from": "2026-10-25T00:00:00+02:00", "to": "2026-10-26T00:00:00+01:00", "tz": "Europe/Berlin"}
        (day,) = (await got(client, "/v1/statistics", interval="day", **asked))["rows"]
        hours = (await got(client, "/v1/statistics", interval="hour", **asked))["rows"]
    assert day["inbound"]["calls"]["value"] == 25 * 6
    assert [row["inbound"]["calls"]["value"] for row in hours] == [6] * 25


async def test_sums_and_shares_are_those_of_the_rows(client):
    answer = await got(client, "/v1/statistics", by="user", interval="all", within_s="15", **NIGHT)
    assert {row["user"] for row in answer["rows"]} == {"200", *(f"10{n}" for n in range(7))}
    for row in answer["rows"]:
        calls = await every_item(client, row["calls"]["list"])
        for name in ("ring_s", "talk_s", "hold_s"):
            assert row[name] == pytest.approx(sum(each[name] for each in calls))
        incoming = [each for each in calls if each["direction"] == "in"]
        waits = [
            (datetime.fromisoformat(each["answered_at"]) - datetime.fromisoformat(each["started_at"])).total_seconds()
            for each in incoming if each["answered_at"]
        ]  # fmt: skip
        lost = [each for each in incoming if each["outcome"] in ("missed", "abandoned")]
        told = row["incoming"]
        assert told["service_level"] == pytest.approx(sum(each <= 15 for each in waits) / (len(waits) + len(lost)))
        if waits:
            assert told["average_speed_of_answer_s"] == pytest.approx(sum(waits) / len(waits))
        else:
            assert told["average_speed_of_answer_s"] is None


async def test_an_operator_gets_their_own_numbers_only(client):
    mine = bearer("103", "operator")
    own = await got(client, "/v1/statistics", mine, by="user", **NIGHT)
    assert own == await got(client, "/v1/statistics", by="user", user="103", **NIGHT)
    assert (await got(client, "/v1/statistics", mine, by="user", user="104", **NIGHT))["rows"] == []
    assert all(row["inbound"] is None for row in (await got(client, "/v1/statistics", mine, **NIGHT))["rows"])
