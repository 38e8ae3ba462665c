"""Erasing one person on request, with proof. For admins."""

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from cti_api.operations import allow
from cti_api.problems import PROBLEMS, documented
from cti_runtime.auth import Identity
from litestar import Request, Router, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException, PermissionDeniedException
from litestar.params import JSONBody

from call_journal.history.checked import instant
from call_journal.history.errors import BadQuestion
from call_journal.privacy.chain import Link, broken
from call_journal.privacy.forget import forget
from call_journal.privacy.person import NoKey, Person
from call_journal.privacy.proof import Checked, Proof, check
from call_journal.store.erasures import log_of
from call_journal.store.exclusive import Busy
from call_journal.store.masks import WrongKey

Asking = Request[Any, Any, Any]
_REFUSED = documented(
    s403="Only admins may.", s409="Another erasure, rebuild or retention runs, or no `erasure_key` is set."
)
_Word = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
_MOST_CHARACTERS = 200


class Wish(msgspec.Struct, kw_only=True):
    """Who: by numbers in any notation, a contact's id, or a user's id and extension. With `since` only in calls that
    began then or later.
    """

    numbers: Annotated[list[str], msgspec.Meta(max_length=50)] = []
    contact: _Word | None = None
    users: Annotated[list[str], msgspec.Meta(max_length=50)] = []
    since: datetime | None = None


class Entry(msgspec.Struct, kw_only=True):
    """An entry of the log. `hash` is that of `previous`, a line end, and `entry`, by SHA-256."""

    number: int
    at: datetime
    asked_by: str
    entry: str
    previous: str
    hash: str


class Log(msgspec.Struct, kw_only=True):
    """The erasures of the tenant. `broken`: what is wrong with the log of all tenants; null when it is whole."""

    items: list[Entry]
    broken: str | None


@post("/v1/erasures", operation_id="erase", status_code=201, responses=PROBLEMS | _REFUSED)
async def erase(state: State, identity: NamedDependency[Identity], request: Asking, data: JSONBody[Wish]) -> Proof:
    """Erase a person from every call that began until now. Answers when it is done: in a large journal use the command.

    `left` names recordings that have to be deleted by hand; it is told here only. Keep `number` and `hash`.
    """
    person = _person(identity, data, await request.json())
    try:
        return await forget(
            state.pool, state.erasure_key, identity.tenant, person, identity.user, state.listening.places,
            datetime.now(UTC),
        )  # fmt: skip
    except (Busy, NoKey, WrongKey) as error:
        raise HTTPException(status_code=409, detail=str(error)) from error
    except ValueError as error:
        raise BadQuestion(str(error)) from error


@post("/v1/erasures/check", operation_id="checkErasure", status_code=200, responses=PROBLEMS | _REFUSED)
async def check_erasure(
    state: State, identity: NamedDependency[Identity], request: Asking, data: JSONBody[Wish]
) -> Checked:
    """Whether nothing is left of a person, and whether the log is whole. Reads every table of the journal."""
    person = _person(identity, data, await request.json())
    try:
        return await check(state.pool, state.erasure_key, identity.tenant, person)
    except (NoKey, WrongKey) as error:
        raise HTTPException(status_code=409, detail=str(error)) from error
    except ValueError as error:
        raise BadQuestion(str(error)) from error


@get("/v1/erasures", operation_id="listErasures", responses=PROBLEMS | _REFUSED)
async def erasures(state: State, identity: NamedDependency[Identity]) -> Log:
    """The log, oldest first."""
    _admin(identity)
    async with state.pool.acquire() as connection:
        rows = await log_of(connection)
    wrong = broken(Link(row["number"], row["entry"], row["previous"], row["hash"]) for row in rows)
    own = [row for row in rows if row["tenant"] == identity.tenant]
    return Log(items=[Entry(**{name: row[name] for name in Entry.__struct_fields__}) for row in own], broken=wrong)


ROUTES = Router(path="/", route_handlers=[allow("/v1/erasures", "GET", "POST"), erase, check_erasure, erasures])


def _person(identity: Identity, wish: Wish, sent: dict[str, Any]) -> Person:
    """Whom a wish means; what it says beside, or misspells, is refused rather than left aside."""
    _admin(identity)
    if unknown := sorted(set(sent) - set(Wish.__struct_fields__)):
        raise BadQuestion(f"no such field: {unknown[0]}")
    if any(not 0 < len(each) <= _MOST_CHARACTERS for each in (*wish.numbers, *wish.users)):
        raise BadQuestion(f"numbers, users: each has 1 to {_MOST_CHARACTERS} characters")
    if bool(wish.numbers) + bool(wish.contact) + bool(wish.users) != 1:
        raise BadQuestion("either numbers, or a contact, or users")
    return Person(
        numbers=tuple(wish.numbers),
        contact=wish.contact or "",
        users=tuple(wish.users),
        since=None if wish.since is None else instant("since", wish.since),
    )


def _admin(identity: Identity) -> None:
    if "admin" not in identity.roles:
        raise PermissionDeniedException(detail="only admins may erase")
