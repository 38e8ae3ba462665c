"""One call: its state, its rows, and everything that happened; or its path alone."""

from cti_api.problems import PROBLEMS
from cti_model.history import CallDetail, CallPath
from cti_model.questions import GetCall, GetPath
from cti_model.story import Language
from litestar import get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath

from call_journal.api.asked import InLanguage
from call_journal.api.problems import NOT_FOUND
from call_journal.history import calls
from call_journal.history.asker import Asker


@get(
    "/v1/calls/{call_id:str}",
    summary="One call with its timeline",
    operation_id="getCall",
    responses=PROBLEMS | NOT_FOUND,
)
async def get_call(
    state: State, asker: NamedDependency[Asker], call_id: FromPath[str], language: InLanguage = Language.ENGLISH
) -> CallDetail:
    """A call's state, its rows in the Calls section, its path and events. An operator sees calls they took part in."""
    return await calls.get_call(state.pool, asker, GetCall(call_id=call_id, language=language))


@get(
    "/v1/calls/{call_id:str}/path",
    summary="Who talked with whom",
    operation_id="getPath",
    responses=PROBLEMS | NOT_FOUND,
)
async def get_path(
    state: State, asker: NamedDependency[Asker], call_id: FromPath[str], language: InLanguage = Language.ENGLISH
) -> CallPath:
    """The path of a call, and the same in one line for people."""
    return await calls.get_path(state.pool, asker, GetPath(call_id=call_id, language=language))
