"""Notes, results and links that users write about rows of the Calls section."""

import re
from collections import Counter
from typing import Annotated

from cti_api.operations import Changing
from cti_api.problems import CHANGES, PROBLEMS
from cti_model.history import Annotation
from cti_model.questions import GetAnnotation
from litestar import Response, get, put
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.params import FromPath, HeaderParameter, JSONBody

from call_journal.api.problems import NOT_FOUND
from call_journal.api.types import Links, Note, Result
from call_journal.history import annotations
from call_journal.history.asker import Asker
from call_journal.history.errors import BadQuestion, NotAllowed
from call_journal.store.annotations import Change, Stale, change

IfMatch = Annotated[
    str | None, HeaderParameter(name="If-Match", description="`ETag` of what was read last; * for whatever it is")
]
_ETAG = re.compile(r'^(?:W/)?"(\d{1,9})"$')


_ONLY_ONE = ("contact", "account", "activity", "case")


@get(
    "/v1/records/{connection_id:str}/annotation",
    summary="What users wrote about a row",
    operation_id="getAnnotation",
    responses=PROBLEMS | NOT_FOUND,
)
async def get_annotation(
    state: State, asker: NamedDependency[Asker], connection_id: FromPath[str]
) -> Response[Annotation]:
    """Note, result and links, and every version that there was. Version 0: nobody wrote yet."""
    return _answer(await annotations.get_annotation(state.pool, asker, GetAnnotation(connection_id=connection_id)))


@put(
    "/v1/records/{connection_id:str}/note",
    summary="Write the note of a row",
    operation_id="putNote",
    responses=PROBLEMS | NOT_FOUND | CHANGES,
    operation_class=Changing,
)
async def put_note(
    state: State,
    asker: NamedDependency[Asker],
    connection_id: FromPath[str],
    data: JSONBody[Note],
    if_match: IfMatch = None,
) -> Response[Annotation]:
    """About a row that the token's roles may see; not for integrators. Kept for ever, with who and when."""
    if not asker.notes:
        raise NotAllowed("an integrator may not write notes")
    return await _write(state, asker, connection_id, Change(by=asker.user, expected=_version(if_match), note=data.note))


@put(
    "/v1/records/{connection_id:str}/result",
    summary="Set the result of a row",
    operation_id="putResult",
    responses=PROBLEMS | NOT_FOUND | CHANGES,
    operation_class=Changing,
)
async def put_result(
    state: State,
    asker: NamedDependency[Asker],
    connection_id: FromPath[str],
    data: JSONBody[Result],
    if_match: IfMatch = None,
) -> Response[Annotation]:
    """Of a row that the token's roles may see."""
    wanted = Change(by=asker.user, expected=_version(if_match), result=data.result)
    return await _write(state, asker, connection_id, wanted)


@put(
    "/v1/records/{connection_id:str}/links",
    summary="Set the links of a row",
    operation_id="putLinks",
    responses=PROBLEMS | NOT_FOUND | CHANGES,
    operation_class=Changing,
)
async def put_links(
    state: State,
    asker: NamedDependency[Asker],
    connection_id: FromPath[str],
    data: JSONBody[Links],
    if_match: IfMatch = None,
) -> Response[Annotation]:
    """All links of a row at once, in the order in which they are shown; none takes them away."""
    wanted = Change(by=asker.user, expected=_version(if_match), links=data.links)
    many = [kind for kind, count in Counter(each.kind for each in data.links).items() if count > 1]
    if found := [kind for kind in many if kind in _ONLY_ONE]:
        raise BadQuestion(f"links: a row has one {found[0]} at most")
    if len({(each.kind, each.id) for each in data.links}) < len(data.links):
        raise BadQuestion("links: the same one twice")
    return await _write(state, asker, connection_id, wanted)


async def _write(state: State, asker: Asker, connection_id: str, wanted: Change) -> Response[Annotation]:
    record = await annotations.visible_record(state.pool, asker, connection_id)
    try:
        await change(state.pool, asker.tenant, connection_id, record, wanted)
    except Stale as error:
        raise HTTPException(status_code=412, detail=f"somebody wrote meanwhile: {error}") from error
    return _answer(await annotations.annotation(state.pool, asker, connection_id))


def _version(if_match: str | None) -> int | None:
    if if_match is None:
        raise HTTPException(status_code=428, detail="If-Match is needed: the ETag that was read last")
    if if_match.strip() == "*":
        return None
    found = _ETAG.match(if_match.strip())
    if found is None:
        raise HTTPException(status_code=412, detail="If-Match: not an ETag that we gave out")
    return int(found[1])


def _answer(written: Annotation) -> Response[Annotation]:
    return Response(written, headers={"ETag": f'"{written.version}"'})
