"""`python -m call_journal`: the service; with `openapi`: its API as a document; other commands: see `cli`.

Each imports only what it needs: a nightly job need not load a web server.
"""

import sys


def _document() -> None:
    import msgspec
    from cti_runtime.auth import Unauthorized

    from call_journal.api.app import api

    async def nobody(_: str | None) -> None:
        raise Unauthorized("this is only a document")

    document = api(None, nobody).openapi_schema.to_schema()  # type: ignore[arg-type]
    print(msgspec.json.format(msgspec.json.encode(document), indent=1).decode())


def _command() -> None:
    from call_journal.cli import main

    sys.exit(main(sys.argv[1:]))


def _service() -> None:
    from cti_bus import NO_START
    from cti_runtime import run_service
    from cti_store import NoDatabase

    from call_journal.app import serve
    from call_journal.settings import NAME, JournalSettings

    run_service(NAME, JournalSettings, serve, plain=(*NO_START, NoDatabase))


if sys.argv[1:] == ["openapi"]:
    _document()
elif sys.argv[1:2] in (["verify"], ["rebuild"], ["retain"], ["forget"], ["lost"]):
    _command()
else:
    _service()
