"""The signed-in user's own web phone: the only answer of the API that holds a secret."""

from cti_api.problems import PROBLEMS
from cti_runtime.auth import Identity
from litestar import Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency

from directory.api.guards import as_oneself
from directory.api.problems import NOT_FOUND, UNREADABLE
from directory.phones import OwnWebPhone
from directory.store.secrets import own_web_phone


@get(
    "/v1/web-phone",
    summary="One's own web phone",
    operation_id="getOwnWebPhone",
    responses=PROBLEMS | NOT_FOUND | UNREADABLE,
)
async def get_web_phone(state: State, identity: NamedDependency[Identity]) -> Response[OwnWebPhone]:
    """With its secret, for the browser that registers with it; each reading is in the audit.

    It is of the token's own user, whatever their role: an administrator reads nobody else's.
    """
    found = await own_web_phone(state.pool, state.vault, as_oneself(identity))
    return Response(found, headers={"Cache-Control": "no-store"})
