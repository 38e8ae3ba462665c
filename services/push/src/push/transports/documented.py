"""What the OpenAPI document says of our routes and litestar cannot see: they read and write their bodies themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from inspect import cleandoc
from typing import Any, Final

import msgspec
from cti_api.problems import Problem, documented
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema
from msgspec import Struct

from push.gateway.frames import Result


class Refusal(Problem, kw_only=True):
    """A command that push itself refused: nothing was sent. `result` is absent where it was not even looked at."""

    result: Result | None = None


SIGNED_IN: Final = documented(
    s401="No token, or one that proves nothing.",
    s403="The token does not allow this, or is another tenant's.",
    s503="The stream or the tokens' issuer cannot be reached now: ask again.",
)
"""Of every operation with a token."""
UNREADABLE: Final = documented(s400="The request is not what this document says; `detail` says where.")
"""Of one that reads anything."""
TOO_LARGE: Final = documented(s413="The body is larger than it may be.")
"""Of one with a body."""


def answer(kind: type, when: str) -> ResponseSpec:
    """A JSON answer of this shape."""
    return ResponseSpec(kind, generate_examples=False, description=when)


def refusals(**described: str) -> dict[int, ResponseSpec]:
    """Commands that are refused here: `s409=` and so on, with which `result.error`."""
    return {
        int(status.removeprefix("s")): ResponseSpec(
            Refusal, generate_examples=False, description=text, media_type="application/problem+json"
        )
        for status, text in described.items()
    }


def reading(kind: type[Struct], *, optional: Sequence[str] = ()) -> type[Operation]:
    """An operation whose body is JSON of this shape; fields that may be left out here although the type has them."""
    [whole], definitions = msgspec.json.schema_components((kind,))
    schema = _schema(whole, definitions)
    schema.required = [name for name in schema.required or () if name not in optional]

    @dataclass
    class Reading(Operation):
        def __post_init__(self) -> None:
            self.request_body = RequestBody(content={"application/json": OpenAPIMediaType(schema)}, required=True)

    return Reading


def _schema(node: Mapping[str, Any], definitions: Mapping[str, Any]) -> Schema:
    """JSON schema as litestar has it, definitions put in their places: it forgets those that it did not make."""
    if "$ref" in node:
        node = definitions[node["$ref"].rpartition("/")[2]]
    return Schema(
        type=OpenAPIType(node["type"]) if "type" in node else None,
        description=cleandoc(node["description"]) if "description" in node else None,
        enum=node.get("enum"),
        default=node.get("default"),
        pattern=node.get("pattern"),
        min_length=node.get("minLength"),
        max_length=node.get("maxLength"),
        properties={name: _schema(each, definitions) for name, each in node.get("properties", {}).items()} or None,
        required=node.get("required"),
    )
