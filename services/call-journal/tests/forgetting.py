"""Somebody called in every way that leaves a trace, and is erased."""

from datetime import timedelta

from call_journal.audio.folder import Folder
from call_journal.privacy.forget import forget
from call_journal.privacy.person import Person
from call_journal.verify import verify

from .telling import AT, PERSON, inbound, journalled

KEY = b"e" * 32


NOW = AT + timedelta(days=1)


COMPUTED = "call, call_record, connection, segment, recording, call_event, position"


OTHER, STRANGER = "+79990000000", "Анна Чужая"


SPELLINGS = ("+7 (916) 123-45-67", "8 916 123 45 67", "89161234567", "9161234567", "007 916.123.45.67")


async def everything(pool) -> dict[str, str]:
    """Every column of every table as text, found by walking the catalogue and not by the code that erases."""
    tables = await pool.fetch(
        "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"
    )
    found = {}
    for schema, table in tables:
        rows = await pool.fetch(f'SELECT t::text FROM "{schema}"."{table}" t')
        found[f"{schema}.{table}"] = "\n".join(row[0] for row in rows)
    return found


def naming(texts: dict[str, str], *what: str) -> list[tuple[str, str]]:
    def plain(text: str) -> str:
        return text.translate(str.maketrans("", "", " ()-.+\u00a0"))

    return [(table, each) for table, text in texts.items() for each in what if plain(each) in plain(text)]


async def written(pool, tmp_path):
    """A person who called three times in three notations, somebody else, and notes about both."""
    await journalled(pool, inbound(location="rec-1.wav"), announce=True)
    await journalled(pool, inbound("c2", AT + timedelta(hours=1), number=SPELLINGS[0], user="102", recording=None))
    await journalled(pool, inbound("c3", AT + timedelta(hours=2), number=SPELLINGS[2], name="", recording=None))
    await journalled(
        pool, inbound("c4", AT + timedelta(hours=3), number=OTHER, name=STRANGER, recording="rec-4", digits="1")
    )
    for folder in ("rec-1.wav", "rec-4.wav"):
        (tmp_path / folder).write_bytes(b"sound")
    for connection, note, result in (("c1-phone", f"{PERSON}, married", "sold"), ("c2-phone", "", f"sold to {PERSON}"),
                                     ("c4-phone", f"ask {SPELLINGS[1]} too", "sold")):  # fmt: skip
        for table in ("annotation", "annotation_log"):
            await pool.execute(
                f"INSERT INTO {table} VALUES ('replay', $1, 1, $2, $3, '101', now())", connection, note, result
            )
    return Folder(tmp_path, strip="", file="{recording_id}.wav", most_bytes=100, deletes=True)


async def forgotten(pool, places=None, now=NOW, by="boss", tenant="replay", **who):
    return await forget(pool, KEY, tenant, Person(**who), by, places or {}, now)


async def differences(pool):
    return [str(each) async for page in verify(pool) for each in page.differences]
