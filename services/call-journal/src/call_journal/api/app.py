"""The ASGI application of the API."""

from typing import Any

from cti_api.serving import document
from cti_api.signin import Identify
from cti_runtime.auth import Identity
from cti_store import Pool
from litestar import Litestar, Request
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide

from call_journal.api.annotations import get_annotation, put_links, put_note, put_result
from call_journal.api.asked import counted, filtered
from call_journal.api.erasures import ROUTES as ERASURES
from call_journal.api.export import MAX_EXPORTS, Slots, export_calls
from call_journal.api.inbound import list_inbound, list_missed, list_recent
from call_journal.api.listing import count_calls, list_calls
from call_journal.api.problems import HANDLERS
from call_journal.api.recordings import ROUTES as RECORDINGS
from call_journal.api.routes import get_call, get_path
from call_journal.api.statistics import statistics
from call_journal.audio.listening import Listening
from call_journal.history.asker import Asker, asker_of


def api(
    pool: Pool | None,
    identify: Identify,
    listening: Listening | None = None,
    erasure_key: bytes = b"",
    *,
    integrator_notes: bool = False,
) -> Litestar:
    """The API over a pool. Without a pool only its OpenAPI document can be made."""

    async def identity(request: Request[Any, Any, Any]) -> Identity:
        return await identify(request.headers.get("authorization"))

    def asker(identity: NamedDependency[Identity]) -> Asker:
        return asker_of(identity, integrator_notes)

    return Litestar(
        route_handlers=[
            *(list_calls, count_calls, export_calls, get_call, get_path),
            *(list_inbound, list_missed, list_recent, statistics),
            *(get_annotation, put_note, put_result, put_links),
            *(RECORDINGS, ERASURES),
        ],
        dependencies={
            "identity": Provide(identity),
            "asker": Provide(asker, sync_to_thread=False),
            "counted": Provide(counted, sync_to_thread=False),
            "filters": Provide(filtered, sync_to_thread=False),
        },
        state=State(
            {
                "pool": pool,
                "exports": Slots(MAX_EXPORTS),
                "listening": listening or Listening(),
                "erasure_key": erasure_key,
            }
        ),
        exception_handlers=HANDLERS,
        logging_config=None,  # the service's own logging stays: JSON lines, secrets hidden
        openapi_config=document(
            "Trunkline call journal", "The Calls section: one row for each time a user's phone rang or dialled."
        ),
    )
