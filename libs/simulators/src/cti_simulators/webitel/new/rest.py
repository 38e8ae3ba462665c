"""The REST of the engine and the storage, as far as it reads: calls, the history of calls, recordings. Pure.

Source: webitel-sdk's swagger, and of the history's filters webitel/engine (`store/sqlstore/call_store.go`). Whole
numbers of 64 bits are written as texts, as its gateway does it.
"""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from cti_simulators.webitel.new.house import House

Fields = dict[str, Any]
Query = Mapping[str, Sequence[str]]
Response = tuple[HTTPStatus, bytes, str]

_JSON: Final = "application/json"
_SOUND: Final = bytes.fromhex(
    "5249464624000000 57415645666d742010000000 01000100401f0000401f0000 01000800 6461746100000000"
)
_PAGE: Final = 40
_NOT_UNASKED: Final = ("transfer_from", "transfer_to", "hold", "bridged_id")


def get(house: House, path: str, query: Query, token: str) -> Response:
    """The answer to a GET."""
    user = house.user_by_token(token)
    if user is None:
        return _error(HTTPStatus.UNAUTHORIZED, "api.context.session_expired.app_error")
    house.rows.settle(house.switch.now)
    parts = path.removeprefix("/api").strip("/").split("/")
    match parts:
        case ["userinfo"]:
            return _ok({"user_id": str(user.id), "name": user.name, "extension": user.number, "dc": 1})
        case ["calls", "active"]:
            return _page(house.rows.living(), query)
        case ["calls", "active", uid]:
            found = [each for each in house.rows.living() if each["id"] == uid]
            return _ok(found[0]) if found else _error(HTTPStatus.NOT_FOUND, "store.sql_call.get.app_error")
        case ["calls", "history"]:
            return _history(house, query)
        case ["storage", "file", number, "download" | "stream"]:
            return _sound(house, number)
    return _error(HTTPStatus.NOT_FOUND, "api.not_found")


def _history(house: House, query: Query) -> Response:
    """Calls that are over. It wants to be told of when, and gives the fields that it is asked for."""
    if not any(name.startswith(("created_at.", "stored_at.")) or name == "id" for name in query):
        return _error(HTTPStatus.BAD_REQUEST, "grpc.call.search_history")
    past = [row.past for row in house.rows.history(house.switch.now)]
    found = [each | {"files": _files(house, each["id"]), "user_ids": _users(each, past)} for each in past]
    names = query.get("fields")
    hidden = [name for name in found[0] if name not in names] if names and found else _NOT_UNASKED
    return _page(found, query, ("user_ids", *hidden))


def _users(item: Fields, past: Sequence[Fields]) -> list[str]:
    """Who has a part in a call: whose leg it is, whom it called, whom it talked with."""
    ids = (item["id"], item["bridged_id"])
    legs = (each for each in past if each["id"] in ids or each["parent_id"] == item["id"])
    return [str(each["user"]["id"]) for each in legs if each["user"]]


def _sound(house: House, number: str) -> Response:
    known = {str(each) for row in house.rows.history(house.switch.now) for each in house.files_of(row.fields["id"])}
    if number not in known:
        return _error(HTTPStatus.NOT_FOUND, "store.sql_file.get.app_error")
    return HTTPStatus.OK, _SOUND, "audio/wav"


def _files(house: House, uid: str) -> list[Fields]:
    return [
        {"id": each, "name": f"{uid}.wav", "mime_type": "audio/wav", "size": len(_SOUND)}
        for each in house.files_of(uid)
    ]


def _page(found: Sequence[Fields], query: Query, hidden: Sequence[str] = ()) -> Response:
    """Those that the query wants, the newest first, a page of them, and whether there are more."""
    wanted = sorted(filter(lambda each: _fits(each, query), found), key=lambda each: -int(each["created_at"]))
    page, size = (_whole(query, name, otherwise) for name, otherwise in (("page", 1), ("size", _PAGE)))
    shown = wanted[(page - 1) * size : page * size]
    items = [{name: value for name, value in each.items() if name not in hidden} for each in shown]
    return _ok({"items": items, "next": len(wanted) > page * size})


def _fits(item: Fields, query: Query) -> bool:
    """A user's are all calls in which that user has a part; `stored_at` counts only with both its ends."""
    users = item.get("user_ids") or ([str(item["user"]["id"])] if item["user"] else [])
    if query.get("user_id") and not set(users) & set(query["user_id"]):
        return False
    same = {name: item.get(name) for name in ("id", "parent_id", "direction", "cause")}
    if any(query.get(name) and value not in query[name] for name, value in same.items()):
        return False
    begun, over = (_whole(query, f"created_at.{end}", 0) for end in ("from", "to"))
    if item["created_at"] < begun or (over and item["created_at"] > over):
        return False
    begun, over = (_whole(query, f"stored_at.{end}", 0) for end in ("from", "to"))
    return not (begun and over) or begun <= item.get("stored_at", 0) <= over


def _whole(query: Query, name: str, otherwise: int) -> int:
    given = "".join(query.get(name, ())[:1])
    return int(given) if given.isascii() and given.isdigit() else otherwise


def _ok(body: Fields) -> Response:
    return HTTPStatus.OK, json.dumps(_texts(body), ensure_ascii=False).encode(), _JSON


def _texts(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _texts(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [_texts(each, name) for each in value]
    whole = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if whole and (name == "id" or name.endswith(("_at", "_id", "size"))) else value


def _error(status: HTTPStatus, id: str) -> Response:
    body = {"id": id, "code": status.value, "detail": "", "status": status.phrase}
    return status, json.dumps(body).encode(), _JSON
