"""The frames of docs/protocol.md as an AsyncAPI 3 document, generated from the types. `python -m push asyncapi`."""

import json
from typing import Any, Final, get_args

import msgspec

from push.gateway.closing import Close
from push.gateway.frames import ClientFrame, ServerFrame

_ADDRESS: Final = "/v1/stream"


def document() -> dict[str, Any]:
    """The document."""
    client, server = get_args(ClientFrame), get_args(ServerFrame)
    frames = (*client, *server)
    _, schemas = msgspec.json.schema_components(frames, ref_template="#/components/schemas/{name}")
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Trunkline push",
            "version": "1.0.0",
            "description": "One user's calls, live, and commands. What the frames mean: protocol.md. Close codes: "
            + ", ".join(f"{int(code)} {code.word}" for code in Close)
            + ".",
        },
        "defaultContentType": "application/json",
        "channels": {
            "stream": {
                "address": _ADDRESS,
                "description": "A WebSocket; the client's first frame is `hello`, the server's first is `welcome`.",
                "messages": {_name(each): {"$ref": f"#/components/messages/{_name(each)}"} for each in frames},
                "bindings": {"ws": {"method": "GET"}},
            }
        },
        "operations": {
            "hear": _operation("receive", client, "What a client may say."),
            "tell": _operation("send", server, "What a client is told."),
        },
        "components": {"messages": {_name(each): _message(each) for each in frames}, "schemas": schemas},
    }


def rendered() -> str:
    """The document as it is committed."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def _name(frame: type) -> str:
    return str(frame.__struct_config__.tag)  # type: ignore[attr-defined]


def _message(frame: type) -> dict[str, Any]:
    summary = (frame.__doc__ or "").partition("\n")[0]
    return {"name": _name(frame), "summary": summary, "payload": {"$ref": f"#/components/schemas/{frame.__name__}"}}


def _operation(action: str, frames: tuple[type, ...], summary: str) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": "#/channels/stream"},
        "summary": summary,
        "messages": [{"$ref": f"#/channels/stream/messages/{_name(each)}"} for each in frames],
    }
