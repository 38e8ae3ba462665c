"""The rows against the archive: the path of calls, verifying, rebuilding, and another life of the stream."""

import asyncio
import json
from collections import Counter

import pytest
from call_journal.cli import _verified, main
from call_journal.project import project
from call_journal.project.archived import retold
from call_journal.project.paths import Paths
from call_journal.store.archive import archived
from call_journal.store.beside import BEFORE
from call_journal.store.tables import TABLES
from call_journal.telemetry import metrics
from call_journal.verify import verify
from cti_model.path import segments
from opentelemetry.metrics import NoOpMeter

from .trusting import differences, told, written


async def test_the_archive_gives_back_the_events_as_they_were(journal, events):
    calls = told(events)
    async with journal.acquire() as connection:
        found = {key[1]: retold(rows) for key, rows in await archived(connection, [("replay", each) for each in calls])}
    assert {call_id: [event for _, event in rows] for call_id, rows in found.items()} == calls


@pytest.mark.parametrize(("size", "lives"), [(1, 3), (7, 2), (10_000, 9)])
async def test_segments_and_connections_are_those_of_the_model_however_the_batches_fall(pool, events, size, lives):
    await written(pool, events, size, lives)
    expected = {
        (each.call_id, each.one, each.other, each.began_at, each.began_by, each.ended_at, each.ended_by)
        for call in told(events).values()
        for each in segments(call)
    }
    rows = await pool.fetch("SELECT call_id, one, other, began_at, began_by, ended_at, ended_by FROM segment")
    assert {tuple(row) for row in rows} == expected
    assert {"consultation", "attended", "blind", "queue", "pickup", "park"} <= {row["began_by"] for row in rows}
    rows = await pool.fetch("SELECT * FROM connection ORDER BY call_id, position")
    final = {event.call.call_id: event.call for event in events}
    assert [row["connection_id"] for row in rows] == [
        each.connection_id for _, call in sorted(final.items()) for each in call.connections
    ]
    for row in rows:
        spent = row["ring_s"] + row["queue_s"] + row["talk_s"] + row["hold_s"]
        assert spent == pytest.approx((row["ended_at"] - row["started_at"]).total_seconds(), abs=1e-6)


def test_a_path_that_is_not_known_from_its_beginning_is_not_told(events):
    late = next(n for n, event in enumerate(events) if event.call.version == 4)
    call_id = events[late].call.call_id
    rest = [(n, event) for n, event in enumerate(events[late:], late) if event.call.call_id == call_id]
    assert project(rest).segments == []
    paths = Paths()
    assert paths.lacking(event for _, event in rest) == {("replay", call_id)}
    paths.restore(event for event in events[:late] if event.call.call_id == call_id)
    assert project(rest, paths).segments


async def test_what_was_written_is_what_the_archive_says(journal, events):
    pages = [page async for page in verify(journal, page=3)]
    assert sum(page.calls for page in pages) == len(told(events))
    assert [page.differences for page in pages] == [[]] * len(pages)
    assert not any(page.incomplete for page in pages)
    assert max(page.calls for page in pages) <= 3, "a page at a time"


async def test_calls_that_go_on_are_verified_too(pool, events):
    middle = len(events) // 2 + 3
    await written(pool, events[:middle])
    assert any(event.call.alive for event in {each.call.call_id: each for each in events[:middle]}.values())
    assert await differences(pool) == []


@pytest.mark.parametrize(
    ("damage", "table", "kind"),
    [
        ("UPDATE call SET queue = 'sales' WHERE queue = 'support'", "call", "queue"),
        ("UPDATE call_record SET talk_s = talk_s + 1 WHERE outcome = 'busy'", "call_record", "talk_s"),
        ("DELETE FROM call_record WHERE outcome = 'busy'", "call_record", "missing"),
        ("DELETE FROM connection WHERE device_kind = 'trunk'", "connection", "missing"),
        ("UPDATE segment SET began_by = 'clear' WHERE began_by = 'pickup'", "segment", "began_by"),
        ("UPDATE segment SET began_at = began_at - interval '1 s' WHERE began_by = 'blind'", "segment", "one too many"),
        (
            "INSERT INTO segment SELECT tenant, 'nobody', one, other, began_at, 1, 'clear' FROM segment LIMIT 1",
            "segment",
            "",
        ),
    ],
)
async def test_each_damaged_row_is_found(journal, damage, table, kind):
    count = int((await journal.execute(damage)).split()[-1])
    assert count
    found = await differences(journal)
    if kind:
        assert {each.table for each in found} == {table}
        assert len([each for each in found if kind in str(each)]) == count
    else:  # of a call that has no events at all nothing can be said, and that is said
        assert found == []
        assert [page.incomplete async for page in verify(journal)] == [{("replay", "nobody"): "no events"}]


async def test_only_what_was_asked_for_is_compared(journal, events):
    last = max(event.occurred_at for event in events)
    first = min(event.call.started_at for event in events)
    assert sum([page.calls async for page in verify(journal, first)]) == len(told(events))
    assert 0 < sum([page.calls async for page in verify(journal, last)]) < len(told(events))


async def test_a_hole_in_the_archive_is_told_and_no_difference(journal):
    call_id = await journal.fetchval(
        "DELETE FROM call_event WHERE version = 3 AND kind = 'established' RETURNING call_id"
    )
    pages = [page async for page in verify(journal)]
    assert {key[1]: why for page in pages for key, why in page.incomplete.items()}[call_id] == "version 4 follows 2"
    assert not any(each.key.get("call_id") == call_id for page in pages for each in page.differences)


async def test_the_command_says_what_differs_and_ends_with_1(journal, postgres_dsn, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("TRUNKLINE_JOURNAL_DATABASE_URL", postgres_dsn)

    async def run(*words: str) -> tuple[int, str]:
        code = await asyncio.to_thread(main, list(words))
        said = capsys.readouterr()
        assert said.out == ""
        return code, said.err

    code, said = await run("verify")
    assert code == 0
    assert ": 0 differences" in said
    await journal.execute("UPDATE call_record SET outcome = 'missed' WHERE outcome = 'busy'")
    report = tmp_path / "report.jsonl"
    code, said = await run("verify", "--since", "2026-01-01", "--repair-report", str(report))
    assert code == 1
    assert "outcome is 'missed', should be 'busy'" in said
    lines = [json.loads(line) for line in report.read_text().splitlines()]
    assert {json.dumps([each["stored"], each["computed"]]) for each in lines} == {
        json.dumps([{"outcome": "missed"}, {"outcome": "busy"}])
    }
    code, said = await run("rebuild", "--dry-run")
    assert (code, "outcome was 'missed', is 'busy'" in said) == (1, True)
    code, said = await run("rebuild")
    assert (code, f"schema {BEFORE}" in said) == (0, True)
    assert await differences(journal) == []
    with pytest.raises(SystemExit) as used_wrongly:
        await asyncio.to_thread(main, ["verify", "--since", "yesterday"])
    assert used_wrongly.value.code == 2


async def test_the_command_counts_what_it_found(journal, capsys):
    class Counting(NoOpMeter):
        def create_counter(self, name, *rest, **named):
            counter = super().create_counter(name, *rest, **named)
            counter.add = lambda amount: found.update({name: amount})
            return counter

    found: Counter = Counter()
    await journal.execute("UPDATE call SET dialled = 'x' WHERE queue <> ''")
    assert await _verified(None, None, journal, metrics(Counting("test"))) == 1
    calls = await journal.fetchval("SELECT count(*) FROM call")
    rows = [await journal.fetchval(f"SELECT count(*) FROM {table.name}") for table in TABLES]
    assert found == {
        "trunkline.journal.verified": calls, "trunkline.journal.checked": sum(rows), "trunkline.journal.differences": 1,
    }  # fmt: skip
    assert "dialled is 'x', should be" in capsys.readouterr().err
