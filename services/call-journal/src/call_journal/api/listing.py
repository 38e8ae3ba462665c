"""The Calls section: pages and counts."""

from cti_api.problems import PROBLEMS
from cti_model.history import CallCount, CallPage
from cti_model.questions import CallFilters, CountCalls, ListCalls
from cti_model.story import Language
from litestar import get
from litestar.datastructures import State
from litestar.di import NamedDependency

from call_journal.api.asked import CursorParameter, InLanguage, Limit, Paths, fields_of
from call_journal.history import calls
from call_journal.history.asker import Asker


@get("/v1/calls", summary="The Calls section", operation_id="listCalls", responses=PROBLEMS)
async def list_calls(
    state: State,
    asker: NamedDependency[Asker],
    filters: NamedDependency[CallFilters],
    cursor: CursorParameter = None,
    limit: Limit = 50,
    paths: Paths = False,
    language: InLanguage = Language.ENGLISH,
) -> CallPage:
    """Rows of the Calls section, newest first, of those that the token's roles may see."""
    asked = ListCalls(**fields_of(filters), cursor=cursor, limit=limit, paths=paths, language=language)
    return await calls.list_calls(state.pool, asker, asked)


@get("/v1/calls/count", summary="How many rows", operation_id="countCalls", responses=PROBLEMS)
async def count_calls(state: State, asker: NamedDependency[Asker], filters: NamedDependency[CallFilters]) -> CallCount:
    """How many rows `GET /v1/calls` lists with the same filters. Beyond 100 000 `exact` is false; see `estimate`."""
    return await calls.count_calls(state.pool, asker, CountCalls(**fields_of(filters)))
