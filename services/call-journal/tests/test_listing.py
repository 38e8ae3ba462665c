"""Every filter, alone and with others, against the whole list looked through in Python; and the count."""

from datetime import datetime

import pytest
from call_journal.history import calls

from .history import bearer, every_item, got


def seconds(row, of="ended_at"):
    if row[of] is None:
        return None
    return (datetime.fromisoformat(row[of]) - datetime.fromisoformat(row["started_at"])).total_seconds()


FILTERS = [
    ({"text": "пЁТР 3"}, lambda row: "пётр 3" in row["remote_name"].lower()),
    ({"text": "0000042"}, lambda row: "0000042" in row["remote_number"]),
    ({"text": "%%"}, lambda row: "%%" in row["remote_name"]),
    ({"text": "cmd|"}, lambda row: "cmd|" in row["remote_name"]),
    ({"device": "103"}, lambda row: row["device"] == "103"),
    ({"number": "+7 (903) 000-00-42"}, lambda row: row["remote_number"] == "+79030000042"),
    ({"outcome": ["missed", "abandoned"]}, lambda row: row["outcome"] in ("missed", "abandoned")),
    ({"queue": ""}, lambda row: row["queue"] == ""),
    ({"queue": "sales", "user": "200"}, lambda row: (row["queue"], row["user"]) == ("sales", "200")),
    ({"answered": "true"}, lambda row: row["answered_at"] is not None),
    ({"answered_within_s": "10"}, lambda row: row["answered_at"] and seconds(row, "answered_at") <= 10),
    ({"min_duration_s": "300"}, lambda row: row["ended_at"] and seconds(row) >= 300),
    ({"max_duration_s": "4"}, lambda row: row["ended_at"] and seconds(row) <= 4),
    ({"alive": "true", "direction": "in"}, lambda row: row["ended_at"] is None and row["direction"] == "in"),
    ({"internal": "true"}, lambda row: row["internal"]),
    ({"from": "2026-03-28T00:00:00Z", "to": "2026-03-29T00:00:00+02:00"},
     lambda row: "2026-03-28T00:00" <= row["started_at"] < "2026-03-28T22:00"),
]  # fmt: skip


def exactly(count: int) -> dict:
    return {"count": count, "exact": True, "estimate": None}


@pytest.mark.parametrize(("asked", "holds"), FILTERS, ids=[str(asked) for asked, _ in FILTERS])
async def test_each_filter_lists_and_counts_what_it_says(client, asked, holds):
    everything = await every_item(client, "/v1/calls")
    listed = await every_item(client, "/v1/calls", **asked)
    assert listed == [row for row in everything if holds(row)]
    assert len(listed) < len(everything)
    assert bool(listed) is (asked != {"text": "%%"})
    assert await got(client, "/v1/calls/count", **asked) == exactly(len(listed))


async def test_answered_by_lists_the_others_too(client):
    everything = await every_item(client, "/v1/calls")
    taken = {
        row["call_id"] for row in everything if row["user"] == "104" and row["direction"] == "in" and row["answered_at"]
    }
    listed = await every_item(client, "/v1/calls", answered_by="104")
    assert listed == [row for row in everything if row["call_id"] in taken]
    assert "answered_elsewhere" in {row["outcome"] for row in listed}


async def test_a_call_taken_at_a_shared_telephone_was_taken_by_all_who_share_it(client, pool):
    await pool.execute("UPDATE call_record SET shared_with = '[\"104\", \"shift\"]' WHERE user_id = '104'")
    one = await every_item(client, "/v1/calls", answered_by="104")
    assert one == await every_item(client, "/v1/calls", answered_by="shift") != []
    assert {row["answered_by"] for row in one} == {"104, shift"}
    inbound = await every_item(client, "/v1/inbound", outcome="answered")
    assert {row["answered_by"] for row in inbound} > {"104, shift", "103"}


async def test_a_count_has_a_bound_and_says_so(client, monkeypatch):
    monkeypatch.setattr(calls, "COUNT_BOUND", 100)
    counted = await got(client, "/v1/calls/count")
    assert (counted["count"], counted["exact"]) == (100, False)
    rows = len(await every_item(client, "/v1/calls"))
    assert rows * 0.9 <= counted["estimate"] <= rows * 1.1
    assert await got(client, "/v1/calls/count", user="nobody") == exactly(0)


async def test_an_estimate_is_never_less_than_what_was_counted(client, pool, monkeypatch):
    monkeypatch.setattr(calls, "COUNT_BOUND", 100)
    asked = {"answered": "true", "direction": "in", "internal": "false", "min_talk_s": "1"}  # taken for independent
    counted = await got(client, "/v1/calls/count", **asked)
    assert (counted["count"], counted["exact"]) == (100, False)
    assert counted["estimate"] > 100


async def test_an_operator_counts_their_own(client):
    own = await got(client, "/v1/calls/count", bearer("103", "operator"))
    assert own == await got(client, "/v1/calls/count", user="103")
    assert (await got(client, "/v1/calls/count", bearer("103", "operator"), user="104"))["count"] == 0


@pytest.mark.parametrize(
    ("path", "params", "word"),
    [
        ("/v1/calls", {"from": "2026-03-02T00:00:00Z", "to": "2026-03-01T00:00:00Z"}, "from: lies behind to"),
        ("/v1/calls", {"from": "0001-01-01T00:00:00+05:00"}, "from: no such instant"),
        ("/v1/calls", {"min_duration_s": "5", "max_duration_s": "4"}, "min_duration_s"),
        ("/v1/calls", {"min_talk_s": "-1"}, "min_talk_s"),
        ("/v1/calls", {"number": "abc"}, "number: holds no digit"),
        ("/v1/calls", {"text": "a"}, "text"),
        ("/v1/calls", {"user": "\0"}, "user: holds a NUL"),
        ("/v1/calls/count", {"outcome": "lost"}, "outcome"),
        ("/v1/calls/export", {"tz": "Mars/Olympus"}, "tz: no time zone"),
        ("/v1/calls/export", {"format": "xml"}, "format"),
        ("/v1/statistics", {"to": "2026-01-01T00:00:00Z"}, "from"),
        (
            "/v1/statistics",
            {"from": "2026-01-01T00:00:00Z", "to": "2027-01-01T00:00:00Z", "interval": "hour"},
            "interval",
        ),
        ("/v1/statistics", {"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "from: lies behind to"),
        ("/v1/statistics", {"from": "2026-01-02T00:00:00Z", "to": "2026-01-03T00:00:00Z", "tz": "../etc"}, "tz"),
        (
            "/v1/statistics",
            {"from": "9999-12-31T00:00:00Z", "to": "9999-12-31T23:00:00Z", "tz": "Asia/Tokyo"},
            "from, to",
        ),
        ("/v1/missed", {"state": "lost"}, "state"),
        ("/v1/recent", {"number": "x"}, "number"),
    ],
)
async def test_bad_questions_are_answered_in_words(client, path, params, word):
    answer = await client.get(path, params=params)
    assert answer.status_code in (400, 422)  # what the document does not allow, and what makes no sense
    assert answer.headers["content-type"] == "application/problem+json"
    assert word in answer.json()["detail"]
