"""The usual questions are answered by an index: at 100 000 calls no plan reads a whole table."""

from datetime import UTC, datetime

import pytest
from call_journal.store import inbound, queries, statistics
from call_journal.store.filters import Filters
from call_journal.store.inbound import Inbound
from call_journal.store.queries import Cursor

from .history import make_history


class Explaining:
    """Stands where the pool stands, and asks PostgreSQL how it would answer."""

    def __init__(self, connection) -> None:
        self._connection = connection
        self.plans: list[str] = []

    async def fetch(self, query, *values):
        rows = await self._connection.fetch(f"EXPLAIN {query}", *values)
        self.plans.append("\n".join(row[0] for row in rows))
        return []

    async def fetchval(self, query, *values):
        await self.fetch(query, *values)
        return 0


JUNE = datetime(2026, 6, 10, tzinfo=UTC)
DAY = {"since": JUNE, "until": datetime(2026, 6, 11, tzinfo=UTC)}
QUESTIONS = {
    "newest": lambda at: queries.list_records(at, "replay", Filters(), None, 51),
    "next page": lambda at: queries.list_records(at, "replay", Filters(), Cursor(JUNE, "x"), 51),
    "of a user": lambda at: queries.list_records(at, "replay", Filters(user="103"), None, 51),
    "of a user in a period": lambda at: queries.list_records(at, "replay", Filters(user="103", **DAY), None, 51),
    "of an identified contact": lambda at: queries.list_records(at, "replay", Filters(contact="contact-42"), None, 51),
    "of a device": lambda at: queries.list_records(at, "replay", Filters(device="103"), None, 51),
    "of a queue": lambda at: queries.list_records(at, "replay", Filters(queue="sales"), None, 51),
    "a name in a period": lambda at: queries.list_records(at, "replay", Filters(text="пётр 42", **DAY), None, 51),
    "a number in a period": lambda at: queries.list_records(at, "replay", Filters(number="0000042", **DAY), None, 51),
    "a whole number": lambda at: queries.list_records(at, "replay", Filters(number="8 (903) 000-00-42"), None, 51),
    "missed ones": lambda at: queries.list_records(at, "replay", Filters(outcome=("missed",)), None, 51),
    "taken by": lambda at: queries.list_records(at, "replay", Filters(answered_by="103", **DAY), None, 51),
    "rows of a call": lambda at: queries.records_of(at, "replay", "call-500"),
    "how many in a day": lambda at: queries.count_records(at, "replay", Filters(**DAY), 100_000),
    "how many in all": lambda at: queries.count_records(at, "replay", Filters(), 1_000),
    "how many of a user": lambda at: queries.count_records(at, "replay", Filters(user="103"), 100_000),
    "how many of a number": lambda at: queries.count_records(at, "replay", Filters(number="8 903 0000042"), 100_000),
    "how many of a contact": lambda at: queries.count_records(at, "replay", Filters(contact="c7"), 100_000),
    "how many of a queue": lambda at: queries.count_records(at, "replay", Filters(queue="sales"), 100_000),
    "a day's statistics": lambda at: statistics.of_records(at, "replay", Filters(**DAY), [JUNE], "user", 20),
    "a day's inbound": lambda at: statistics.of_inbound(at, "replay", Inbound(**DAY), [JUNE], "queue", 20),
    "missed calls": lambda at: inbound.list_inbound(at, "replay", Inbound(outcome="unanswered"), None, 51),
    "not called back": lambda at: inbound.list_inbound(
        at, "replay", Inbound(outcome="unanswered", called_back=False), None, 51
    ),
    "missed of a user": lambda at: inbound.list_inbound(
        at, "replay", Inbound(outcome="unanswered", users=["103"]), None, 51
    ),
    "inbound calls": lambda at: inbound.list_inbound(at, "replay", Inbound(**DAY), None, 51),
    "recent parties": lambda at: inbound.recent(at, "replay", ["103"], 20),
    "last with a number": lambda at: inbound.recent(at, "replay", None, 20, number="+7 903 000-00-42"),
    "last with a contact": lambda at: inbound.recent(at, "replay", None, 20, contact="c7"),
    "of a linked contact": lambda at: queries.list_records(at, "replay", Filters(contact="c7"), None, 51),
    "of an account": lambda at: queries.list_records(at, "replay", Filters(account="a7"), None, 51),
    "of a case": lambda at: queries.list_records(at, "replay", Filters(link="case:7"), None, 51),
    "of a team in a period": lambda at: queries.list_records(
        at, "replay", Filters(users=("101", "102"), **DAY), None, 51
    ),
    "recorded in a period": lambda at: queries.list_records(at, "replay", Filters(recorded=True, **DAY), None, 51),
}

# A plan that reads all rows of the tenant by another index names one too.
INDEXES = {
    "of a user": "call_record_of_user",
    "recent parties": "call_record_of_user",
    "of a device": "call_record_of_device",
    "of a queue": "call_record_of_queue",
    "how many of a queue": "call_record_of_queue",
    "a whole number": "call_record_of_number",
    "how many of a number": "call_record_of_number",
}


@pytest.mark.timeout(300)
async def test_no_usual_question_reads_a_whole_table(pool):
    await make_history(pool, 100_000, "2026-01-01T00:00:00Z", "4 minutes", named=True)
    async with pool.acquire() as connection:
        asking = Explaining(connection)
        for name, ask in QUESTIONS.items():
            await ask(asking)
            plan = asking.plans[-1]
            assert "Seq Scan on call" not in plan, f"{name}:\n{plan}"
            if name == "how many in all":
                assert "call_record_newest" in plan, f"rows are not counted where they lie together:\n{plan}"
                assert "Sort" not in plan, f"all are read to count some:\n{plan}"
            if name in INDEXES:
                assert INDEXES[name] in plan, f"not by the index that it was made for, {name}:\n{plan}"
            assert "hashed SubPlan" not in plan, f"everybody is read to find some, {name}:\n{plan}"
            assert "Index" in plan, f"{name}:\n{plan}"
            assert "Sort Key: c.started_at" not in plan, f"{name}: reads all before it sorts\n{plan}"
        assert len(asking.plans) == len(QUESTIONS)
        await asking.fetch("SELECT count(*) FROM call_record WHERE ring_s > 1000")
        assert "Seq Scan on call_record" in asking.plans[-1], "a plan that does can be told apart"
