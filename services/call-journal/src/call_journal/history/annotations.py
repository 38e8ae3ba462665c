"""What users wrote about a row."""

import asyncpg
import msgspec
from cti_model.history import Annotation, AnnotationChange
from cti_model.questions import GetAnnotation
from cti_store import Pool

from call_journal.history.asker import Asker
from call_journal.history.calls import links_of
from call_journal.history.checked import checked
from call_journal.history.errors import NotThere
from call_journal.store.annotations import changes_of, record_of
from call_journal.store.outbox import users_of

_FIELDS = ("version", "note", "result", "changed_by", "changed_at")


async def get_annotation(pool: Pool, asker: Asker, question: GetAnnotation) -> Annotation:
    """What is written now, and every version that there was. Version 0: nobody wrote yet. Raises `NotThere`."""
    connection_id = checked(question).connection_id
    await visible_record(pool, asker, connection_id)
    return await annotation(pool, asker, connection_id)


async def annotation(pool: Pool, asker: Asker, connection_id: str) -> Annotation:
    """The same of a row that the asker is known to see."""
    history = [_change(asker, row) for row in await changes_of(pool, asker.tenant, connection_id)]
    nothing = AnnotationChange(version=0, note="", result="", links=[], changed_by="", changed_at=None)
    current = history[0] if history else nothing
    return Annotation(**msgspec.structs.asdict(current), history=history)


async def visible_record(pool: Pool, asker: Asker, connection_id: str) -> asyncpg.Record:
    """The row, if the asker sees it; raises `NotThere`."""
    record = await record_of(pool, asker.tenant, connection_id)
    if record is None or not asker.sees(*users_of(record)):
        raise NotThere(f"no record {connection_id}")
    return record


def _change(asker: Asker, row: asyncpg.Record) -> AnnotationChange:
    fields = {name: row[name] for name in _FIELDS}
    if not asker.notes:
        fields["note"] = ""
    return AnnotationChange(**fields, links=links_of(row["links"]))
