"""What goes wrong here, each kind of failure to its answer, beside what every API has (`cti_api.problems`)."""

from cti_api.problems import Handlers, documented, handlers
from cti_store import OUTAGE
from litestar.exceptions import HTTPException

from directory.imports import BadHeader
from directory.store.errors import NotThere, Refers, Stale, Taken, Unfit
from directory.vault import BadSecret, NoKey


class Senseless(HTTPException):
    """It has the right form, but cannot be answered."""

    status_code = 422


NOT_FOUND = documented(s404="There is none in this tenant.")
CONFLICT = documented(s409="Another one is in the way, or it refers to what is not there or is still referred to.")
UNREADABLE = documented(s409="Its secret does not open: an administrator has to set it again.")
HANDLERS: Handlers = handlers(
    "the directory",
    OUTAGE,
    {
        NotThere: (404, "NotFound"),
        Stale: (412, "PreconditionFailed"),
        Taken: (409, "Conflict"),
        Refers: (409, "Conflict"),
        Unfit: (422, "UnprocessableContent"),
        BadHeader: (422, "UnprocessableContent"),
        NoKey: (409, "Conflict"),
        BadSecret: (409, "Conflict"),
    },
)
