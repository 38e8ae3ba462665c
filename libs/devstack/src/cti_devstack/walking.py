"""Every path of an OpenAPI document asked for what it does not list: other methods, and with cursors of others."""

from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import quote

import httpx

_METHODS = frozenset({"get", "put", "post", "delete", "patch"})
_UNLISTED = ("OPTIONS", "HEAD", "PATCH")


async def methods_told_wrongly(client: httpx.AsyncClient, document: Mapping[str, Any]) -> list[str]:
    """What paths say of their methods otherwise than the document; each as a line.

    `OPTIONS` is answered with 204 and `Allow`; each method that is not there, `HEAD` too, with 405 and the same
    `Allow`. Nobody needs a token for either.
    """
    found = []
    for path, operations in document["paths"].items():
        there = {method.upper() for method in _METHODS & operations.keys()} | {"OPTIONS"}
        for method in (each for each in _UNLISTED if each == "OPTIONS" or each not in there):
            answer = await client.request(method, path.replace("{", "").replace("}", ""))
            told = set(answer.headers.get("allow", "").split(", "))
            if answer.status_code != (204 if method == "OPTIONS" else 405) or told != there:
                found.append(f"{method} {path}: {answer.status_code}, Allow {sorted(told)} instead of {sorted(there)}")
    return found


async def answers_to_cursors_of_another(
    client: httpx.AsyncClient, document: Mapping[str, Any], theirs: Mapping[str, str], ours: Mapping[str, str]
) -> AsyncIterator[tuple[str, httpx.Response, httpx.Response]]:
    """Each list with pages asked as `ours` with the genuine cursor of `theirs`: the path, our first page, the answer.

    Raises `LookupError` when `theirs` get no cursor: they need two items in each list.
    """
    for path, operations in document["paths"].items():
        names = {each["name"] for each in operations.get("get", {}).get("parameters", ())}
        if "cursor" not in names or "{" in path:
            continue
        given = (await client.get(f"{path}?limit=1", headers=dict(theirs))).json().get("next")
        if given is None:
            raise LookupError(f"{path} has no second page")
        first = await client.get(f"{path}?limit=200", headers=dict(ours))
        yield path, first, await client.get(f"{path}?limit=200&cursor={quote(given)}", headers=dict(ours))
