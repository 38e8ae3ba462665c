"""What litestar does not say in the OpenAPI document of an operation here by itself."""

from dataclasses import dataclass

from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, Operation, Schema
from litestar.openapi.spec.enums import OpenAPIType


@dataclass
class Exporting(Operation):
    """A file of one kind or another."""

    def __post_init__(self) -> None:
        found = (self.responses or {}).get("200")
        if isinstance(found, OpenAPIResponse) and found.content is not None:
            found.content["application/x-ndjson"] = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING))
