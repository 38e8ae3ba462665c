"""The published contract, generated from the types: JSON Schemas and an AsyncAPI 3 document.

`python -m cti_model.schema docs` writes them; a test holds that what is committed is what the types say.
"""

import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from cti_model.agents import AgentEvent, AgentEventKind
from cti_model.calls import Call, Command
from cti_model.commands import CommandEvent, CommandOutcome, CommandRequest, CommandResult
from cti_model.directory import ExtensionEntry, IdentifyReply, IdentifyRequest, UserEntry
from cti_model.events import CallEvent, LinkEvent, LinkKind
from cti_model.events import Fact as _Fact
from cti_model.journal import JournalEvent, JournalFact
from cti_model.operators import OperatorEvent, OperatorEventKind
from cti_model.question_schema import question_channels, question_messages, question_operations, replies
from cti_model.queues import QueueUpdate
from cti_model.records import CallRecord
from cti_model.view import UserUpdate

_MESSAGES: dict[str, tuple[type, str]] = {
    "CallEvent": (CallEvent, "One fact about a call and the call's state after it."),
    "AgentEvent": (AgentEvent, "One change of an agent, and the agent after it."),
    "LinkEvent": (LinkEvent, "What happened to a connector's link to its PBX."),
    "OperatorEvent": (OperatorEvent, "What became of an operator's own log-in at the PBX."),
    "JournalEvent": (JournalEvent, "What the journal adds about a call."),
    "CommandRequest": (CommandRequest, "Something to be done on a PBX."),
    "CommandResult": (CommandResult, "What became of a command."),
    "CommandEvent": (CommandEvent, "One outcome of a command."),
    "UserUpdate": (UserUpdate, "What happened to one user's calls, and the user's whole view after it."),
    "QueueUpdate": (QueueUpdate, "Who waits in one queue, and whom it rang lately."),
}
_CHANNELS: dict[str, tuple[str, str, tuple[str, ...], str]] = {
    "calls": (
        "cti.{tenant}.call.{pbx}.{call_id}.{event}",
        "CallEvent",
        ("tenant", "pbx", "call_id", "event"),
        "Call facts. The newest message of `cti.{tenant}.call.{pbx}.{call_id}.>` is the call's snapshot.",
    ),
    "agents": (
        "cti.{tenant}.agent.{pbx}.{device}.{event}",
        "AgentEvent",
        ("tenant", "pbx", "device", "event"),
        "Agents' states. The newest message of `cti.{tenant}.agent.{pbx}.{device}.>` is the agent's snapshot.",
    ),
    "links": (
        "cti.{tenant}.link.{pbx}.{event}",
        "LinkEvent",
        ("tenant", "pbx", "event"),
        "Whether a connector has its PBX.",
    ),
    "operators": (
        "cti.{tenant}.operator.{pbx}.{user}.{event}",
        "OperatorEvent",
        ("tenant", "pbx", "user", "event"),
        "Log-ins of operators at a PBX where each has a link of their own. The newest message of "
        "`cti.{tenant}.operator.{pbx}.{user}.>` is what is.",
    ),
    "journal": (
        "cti.{tenant}.journal.{pbx}.{call_id}.{event}",
        "JournalEvent",
        ("tenant", "pbx", "call_id", "event"),
        "What the journal adds about calls: who the other party is, rows that were saved, what users wrote about them.",
    ),
    "commands": (
        "cti.{tenant}.cmd.{pbx}.{verb}",
        "CommandRequest",
        ("tenant", "pbx", "verb"),
        "Requests, answered by the connector that leads the PBX's link. In no stream: nothing is carried out late.",
    ),
    "outcomes": (
        "cti.{tenant}.command.{pbx}.{verb}.{outcome}",
        "CommandEvent",
        ("tenant", "pbx", "verb", "outcome"),
        "What became of commands. `accepted` and one of `observed`, `failed`, `unknown` for each; `sent` between them.",
    ),
    "users": (
        "cti.{tenant}.user.{user}",
        "UserUpdate",
        ("tenant", "user"),
        "One user's view, versioned. The newest message is the snapshot.",
    ),
    "queues": (
        "cti.{tenant}.queue.{pbx}.{queue}",
        "QueueUpdate",
        ("tenant", "pbx", "queue"),
        "One queue. The newest message is all there is to know. What cannot stand in a subject is escaped (`%2E`).",
    ),
}


def event_names() -> dict[str, dict[str, list[str]]]:
    """The values of a channel's parameters that have only some."""
    verbs = [each.value for each in Command]
    return {
        "calls": {"event": sorted(str(cls.__struct_config__.tag) for cls in _Fact.__subclasses__())},
        "agents": {"event": [each.value for each in AgentEventKind]},
        "links": {"event": [each.value for each in LinkKind]},
        "operators": {"event": [each.value for each in OperatorEventKind]},
        "journal": {"event": sorted(str(cls.__struct_config__.tag) for cls in JournalFact.__subclasses__())},
        "commands": {"verb": verbs},
        "outcomes": {"verb": verbs, "outcome": [each.value for each in CommandOutcome]},
    }


def json_schemas() -> dict[str, Any]:
    """One JSON Schema (2020-12) for each published type, by file name."""
    published: list[type] = [
        *(CallEvent, Call, CallRecord, AgentEvent, LinkEvent, OperatorEvent, JournalEvent, UserUpdate, QueueUpdate),
        *(CommandRequest, CommandResult, CommandEvent),
        *(UserEntry, ExtensionEntry, IdentifyRequest, IdentifyReply),
    ]
    return {f"{cls.__name__}.json": _schema(cls) for cls in published}


def asyncapi(version: str = "1.0.0") -> dict[str, Any]:
    """The AsyncAPI 3 document of what other services may subscribe to."""
    _, components = msgspec.json.schema_components(
        [cls for cls, _ in _MESSAGES.values()], ref_template="#/components/schemas/{name}"
    )
    names = event_names()
    asked, asked_schemas = question_messages()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Trunkline",
            "version": version,
            "description": "Call facts of any PBX on NATS JetStream. CloudEvents 1.0 in binary mode: `ce-*` headers, "
            "JSON body. Subscribe to stream `CTI_EVENTS` (calls, agents, links, operators, journal, outcomes) or "
            "`CTI_USERS` (users, queues). Requests (commands, history) are answered by whoever listens.",
        },
        "defaultContentType": "application/json",
        "channels": {
            **{key: _channel(key, names.get(key, {})) for key in _CHANNELS},
            **question_channels(),
            "replies": {**_REPLIES, "messages": _REPLIES["messages"] | replies()},
        },
        "operations": {key: _operation(key) for key in _CHANNELS} | question_operations(),
        "components": {
            "messages": {
                name: {
                    "name": name,
                    "summary": summary,
                    "contentType": "application/json",
                    "headers": {"$ref": "#/components/schemas/CloudEvent"},
                    "payload": {"$ref": f"#/components/schemas/{name}"},
                }
                for name, (_, summary) in _MESSAGES.items()
            }
            | asked,
            "schemas": {**asked_schemas, **components, "CloudEvent": _CLOUD_EVENT},
        },
    }


_CLOUD_EVENT: dict[str, Any] = {
    "type": "object",
    "required": ["ce-specversion", "ce-id", "ce-type", "ce-source", "ce-time"],
    "properties": {
        "ce-specversion": {"const": "1.0"},
        "ce-id": {"type": "string", "description": "Deterministic: a repeat has the same id."},
        "ce-type": {"type": "string", "examples": ["trunkline.call.delivered"]},
        "ce-source": {"type": "string", "description": "/<tenant>/<pbx>"},
        "ce-time": {"type": "string", "format": "date-time"},
        "traceparent": {"type": "string", "description": "W3C trace context, where tracing is on."},
    },
}


_REPLIES: dict[str, Any] = {
    "address": None,
    "description": "The inbox that the request names.",
    "messages": {"CommandResult": {"$ref": "#/components/messages/CommandResult"}},
}


def _operation(key: str) -> dict[str, Any]:
    """What Trunkline does with a channel: it sends, but for commands, which it receives and answers."""
    operation: dict[str, Any] = {"action": "send", "channel": {"$ref": f"#/channels/{key}"}}
    if key == "commands":
        operation |= {
            "action": "receive",
            "reply": {
                "channel": {"$ref": "#/channels/replies"},
                "messages": [{"$ref": "#/channels/replies/messages/CommandResult"}],
            },
        }
    return {**operation, "summary": _CHANNELS[key][3]}


def _channel(key: str, values: dict[str, list[str]]) -> dict[str, Any]:
    address, message, parameters, description = _CHANNELS[key]
    described: dict[str, Any] = {name: {"enum": values[name]} if name in values else {} for name in parameters}
    return {
        "address": address,
        "description": description,
        "parameters": described,
        "messages": {message: {"$ref": f"#/components/messages/{message}"}},
    }


def _schema(cls: type) -> dict[str, Any]:
    schema = msgspec.json.schema(cls)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": cls.__name__, **schema}


def files() -> dict[str, str]:
    """Everything generated, by path below `docs/`."""
    rendered = {f"schemas/{name}": schema for name, schema in json_schemas().items()}
    rendered["asyncapi.json"] = asyncapi()
    return {path: json.dumps(value, indent=1, ensure_ascii=False) + "\n" for path, value in rendered.items()}


def main() -> None:
    """Write the generated documents below the folder given as the only argument."""
    if len(sys.argv) != 2:
        sys.exit("usage: python -m cti_model.schema FOLDER")
    for path, text in files().items():
        target = Path(sys.argv[1]) / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
