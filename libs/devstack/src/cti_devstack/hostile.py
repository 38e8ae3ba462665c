"""Every operation of an OpenAPI document asked with values that somebody who means ill, or a broken client, would send.

What is random is `contract`'s; here is what has broken servers before: NUL, bytes that are no UTF-8, half of a
surrogate pair, numbers and instants beyond every type, nesting without end, bodies of a megabyte, forged cursors,
headers of every form.
"""

import base64
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from msgspec import Struct

_METHODS = ("get", "put", "post", "delete", "patch")
_MEGABYTE = 1_048_576
_PART = 9
T = TypeVar("T")


def _cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


CURSORS = (
    *('["9999-12-31T23:59:59-23:59","x"]', '["0001-01-01T00:00:00+23:59","x"]', '["2026-01-01T00:00:00Z","\\u0000"]'),
    *('["2026-01-01T00:00:00Z","\\ud800"]', '["2026-01-01T00:00:00","x"]', "[1e400,1]", "[]", "{}", '"x"', "[" * 200),
    *('["2026-01-01T00:00:00Z","x",1]', '[-99999999999999999999,"x"]', "99999999999999999999", "-1", "\0", "\ufeff"),
)
TEXTS: tuple[bytes, ...] = (
    *(
        b"",
        b"\0",
        b"a\0b",
        b"\xff\xfe",
        b"\xed\xa0\x80",
        b"\xc0\xaf",
        "\u202eסוד\u2066".encode(),
        "\ufffe\uffff".encode(),
    ),
    *(b"9" * 400, b"-1", b"0", b"1e309", b"-1e309", b"NaN", b"Infinity", b"99999999999999999999", b"1_000", b"0x10"),
    *("١٢٣".encode(), b"true", b"null", b"[]", b"{}", b"..", b"../../etc/passwd", b"%00", b"'; DROP TABLE call; --"),
    *(b"0000-01-01T00:00:00Z", b"0001-01-01T00:00:00+14:00", b"9999-12-31T23:59:59-12:00", b"10000-01-01T00:00:00Z"),
    *(b"infinity", b"-infinity", b"2026-02-30T00:00:00Z", b"2026-01-01T24:00:00Z", b"2026-01-01T00:00:00+99:99"),
    *(
        b"2016-12-31T23:59:60Z",
        b"2026-01-01",
        b"posixrules",
        b"Europe/Berlin\n",
        b"\\",
        b"%",
        b"_",
        b"a:b",
        b"a:" + b"\0",
    ),
    *(b"x" * 250, *(_cursor(each).encode() for each in CURSORS)),
)
VALUES: tuple[str, ...] = (
    *("null", "true", "0", "-1", "1e309", "1" * 400, "1.5", '""', "[]", "{}", '"\\u0000"', '"\\ud800"', '"a\\u0000b"'),
    *(
        '"\\u202e"',
        '"0000-01-01T00:00:00Z"',
        '"9999-12-31T23:59:59-12:00"',
        '"0001-01-01T00:00:00+14:00"',
        '"infinity"',
    ),
    *(
        f'"{"x" * 70_000}"',
        "[" * 500 + "]" * 500,
        '[{"kind":"\\u0000","id":"\\ud800"}]',
        "[null]",
        '["\\u0000"]',
        '["+"]',
    ),
)
BODIES: tuple[bytes, ...] = (
    *(b"", b"null", b"[]", b'"x"', b"1", b"{", b"\xff", b"{}" * 2, b'{"a": NaN}', b'{"\\ud800": 1}', b"\xef\xbb\xbf{}"),
    *(b"[" * 100_000, b'{"a":' * 100_000, b'{"a": "' + b"x" * _MEGABYTE + b'"}', b" " * _MEGABYTE, b"\0" * 1000),
)
TYPES = ("text/plain", "application/xml", "application/json; charset=utf-16", "multipart/form-data", "x", "", "a/b/c")
MATCHES = (
    '"',
    '""',
    "*",
    'W/"1"',
    '"1", "2"',
    '"99999999999999999999"',
    '"-1"',
    "1",
    '"1" ',
    '"x"',
    "x" * 5000,
    '"\\"',
)
RANGES = (
    *(
        "bytes=0-",
        "bytes=-0",
        "bytes=-99999999999999999999",
        "bytes=99999999999999999999-",
        "bytes=5-1",
        "bytes=0-0,5-9",
    ),
    *("bytes=a-b", "bytes=", "chars=0-1", "bytes=0-" + "9" * 400, "bytes=-", "bytes 0-1", "bytes=" + "0-0," * 500),
)


class Request(Struct, frozen=True):
    """One request, ready to be sent. `allowed`: what the document says that it may be answered."""

    method: str
    target: bytes
    headers: tuple[tuple[str, str], ...]
    body: bytes
    allowed: frozenset[int]

    def __str__(self) -> str:
        return f"{self.method} {self.target[:200]!r} {self.headers} {self.body[:80]!r}"


def requests(document: Mapping[str, Any], known: Mapping[str, str]) -> Iterator[Request]:
    """Hostile requests for every operation; `known` are good values of path parameters, for what is looked up first.

    What many operations take, as ids and filters of lists, is asked in full of the first one; of each of the others
    another part of it.
    """
    asked = _Shares()
    for path, operations in document["paths"].items():
        for method in (each for each in _METHODS if each in operations):
            operation = operations[method]
            allowed = frozenset(int(each) for each in operation["responses"])
            for target, headers, body in _of(path, operation, known, document, asked):
                # A slash, however it is spelled, makes another path of it.
                elsewhere = {404} if b"%2F" in target.partition(b"?")[0] else set()
                yield Request(method.upper(), target, tuple(headers.items()), body, allowed | elsewhere)


async def disagreeing(
    client: httpx.AsyncClient, document: Mapping[str, Any], known: Mapping[str, str], more: Iterable[Request] = ()
) -> list[str]:
    """What was answered otherwise than the document allows, or not as a problem in words; each as a line."""
    found = []
    for request in (*requests(document, known), *more):
        url = client.base_url.copy_with(raw_path=request.target)
        answer = await client.request(request.method, url, headers=dict(request.headers), content=request.body)
        wrong = answer.status_code not in request.allowed or answer.status_code >= 500
        untold = answer.status_code >= 400 and answer.headers.get("content-type") != "application/problem+json"
        if wrong or untold:
            found.append(f"{answer.status_code} {answer.text[:120]!r} to {request}")
    return found


class _Shares:
    """Who takes the same for the first time gets all of it, then each another ninth."""

    def __init__(self) -> None:
        self._taken: Counter[str] = Counter()

    def of(self, what: str, everything: Sequence[T]) -> Sequence[T]:
        self._taken[what] += 1
        taken = self._taken[what]
        return everything if taken == 1 else everything[taken % _PART :: _PART]


def _of(
    path: str, operation: Mapping[str, Any], known: Mapping[str, str], document: Mapping[str, Any], asked: _Shares
) -> Iterator[tuple[bytes, dict[str, str], bytes]]:
    parameters = operation.get("parameters", [])
    good = _filled(path, known)
    shape = _schema(operation.get("requestBody"), document)
    sent = json.dumps(dict.fromkeys(shape, "x")).encode() if shape else b""
    typed = {"content-type": "application/json"} if "requestBody" in operation else {}
    matched = typed | {"if-match": '"0"'}
    for each in parameters:
        name = each["name"]
        if each["in"] == "path":
            texts = [each for each in TEXTS if each not in (b"", b"..")]
            for text in asked.of(name, texts):
                yield _filled(path, {**known, name: ""}, {name: quote(text, safe="").encode()}), matched, sent
        elif each["in"] == "query":
            for text in asked.of(_sort_of(each), TEXTS):
                yield good + f"?{quote(name)}=".encode() + quote(text, safe="").encode(), matched, sent
            yield good + f"?{quote(name)}=a&{quote(name)}=b".encode(), matched, sent
    yield good + b"?nothing=1&=&&%00=%00", matched, sent
    for match in MATCHES if any(each["name"].lower() == "if-match" for each in parameters) else ():
        yield good, typed | {"if-match": match}, sent
    for asked_for in RANGES if any(each["name"].lower() == "range" for each in parameters) else ():
        yield good, {"range": asked_for}, b""
    if "requestBody" in operation:
        for body in asked.of("a body", BODIES):
            yield good, matched, body
        for kind in asked.of("a type", TYPES):
            yield good, matched | {"content-type": kind}, sent
        for name in shape:
            for value in asked.of(name, VALUES):
                yield good, matched, f'{{"{name}": {value}}}'.encode()


def _sort_of(parameter: Mapping[str, Any]) -> str:
    """What reads a query parameter: of a text its own question, of everything else its type."""
    schema = parameter.get("schema", {})
    kinds = [each for each in schema.get("oneOf", [schema]) if each.get("type") != "null"]
    told = [(each.get("type"), each.get("format"), str(each.get("enum"))) for each in kinds]
    return str(parameter["name"]) if told == [("string", None, "None")] or told[0][0] is None else str(told)


def _filled(path: str, known: Mapping[str, str], raw: Mapping[str, bytes] | None = None) -> bytes:
    target = path.encode()
    for name, value in known.items():
        target = target.replace(f"{{{name}}}".encode(), (raw or {}).get(name, quote(value, safe="").encode()))
    return target


def _schema(body: Mapping[str, Any] | None, document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The properties of a JSON body."""
    schema = (body or {}).get("content", {}).get("application/json", {}).get("schema", {})
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    found: Mapping[str, Any] = schema.get("properties", {})
    return found
