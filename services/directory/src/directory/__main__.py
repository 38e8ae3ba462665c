"""`python -m directory`: the service; `openapi`: its API as a document; `import`, `rotate`, `renumber`: by hand."""

import sys

import msgspec
from cti_bus import NO_START
from cti_runtime import run_service
from cti_runtime.auth import Unauthorized
from cti_store import NoDatabase

from directory import tools
from directory.api.app import api
from directory.app import serve
from directory.settings import NAME, DirectorySettings


async def _nobody(_: str | None) -> None:
    raise Unauthorized("this is only a document")


if sys.argv[1:] == ["openapi"]:
    document = api(_nobody).openapi_schema.to_schema()  # type: ignore[arg-type]
    print(msgspec.json.format(msgspec.json.encode(document), indent=1).decode())
elif sys.argv[1:2] and sys.argv[1] in tools.COMMANDS:
    sys.exit(tools.main(sys.argv[1:]))
else:
    run_service(NAME, DirectorySettings, serve, plain=(*NO_START, NoDatabase))
