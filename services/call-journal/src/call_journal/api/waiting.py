"""Who waits in queues now."""

from cti_api.problems import PROBLEMS
from cti_model.history import WaitingItem
from cti_model.questions import ListWaiting
from litestar import get
from litestar.datastructures import State
from litestar.di import NamedDependency

from call_journal.api.asked import Word
from call_journal.history import waiting
from call_journal.history.asker import Asker


@get("/v1/waiting", summary="Who waits in a queue", operation_id="listWaiting", responses=PROBLEMS)
async def list_waiting(state: State, asker: NamedDependency[Asker], queue: Word = None) -> list[WaitingItem]:
    """Callers who wait in a queue now, the longest first, at most 500. For supervisors, integrators and admins.

    A supervisor with a team sees those of the queues that rang one of the team's telephones within a week.
    """
    return await waiting.list_waiting(state.pool, asker, ListWaiting(queue=queue))
