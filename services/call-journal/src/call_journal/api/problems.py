"""What goes wrong here, each kind of failure to its answer, beside what every API has (`cti_api.problems`)."""

from typing import Any

import asyncpg
from cti_api.problems import Handlers, Problem, documented, handlers, problem
from cti_store import OUTAGE
from litestar import Request, Response

from call_journal.history.errors import BadQuestion, NotAllowed, NotThere

NOT_FOUND = documented(s404="There is none, or the one who asks may not see it.")


def _refused(_: Request[Any, Any, Any], error: asyncpg.DataError) -> Response[Problem]:
    """A value that no row can have: a NUL, or a number that is too large."""
    return problem(422, "UnprocessableContent", f"a value cannot be looked for, or stored: {error}")


HANDLERS: Handlers = {
    **handlers(
        "the journal",
        OUTAGE,
        {
            BadQuestion: (422, "UnprocessableContent"),
            NotThere: (404, "NotFound"),
            NotAllowed: (403, "Forbidden"),
        },
        {"since": "from", "until": "to", "zone": "tz", "called": "state", "form": "format"},
    ),
    asyncpg.DataError: _refused,
}
