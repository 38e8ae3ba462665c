"""Who waits in queues now."""

import msgspec
from cti_model.history import WaitingItem
from cti_model.questions import ListWaiting
from cti_store import Pool

from call_journal.history.asker import Asker
from call_journal.history.checked import checked
from call_journal.store import waiting as store


async def list_waiting(pool: Pool, asker: Asker, question: ListWaiting) -> list[WaitingItem]:
    """Those who wait in a queue, the longest first.

    Who sees everybody's rows sees all of them; a supervisor of a team those of the queues that rang a telephone of the
    team within a week. Nobody else has a queue to look after: an operator's list is empty.
    """
    asked = checked(question)
    users = None if asker.users is None else sorted(asker.users)
    if asker.users is not None and not asker.users - {asker.user}:
        return []
    rows = await store.waiting(pool, asker.tenant, asked.queue, users)
    return [msgspec.convert(dict(row), WaitingItem) for row in rows]
