"""The questions to the journal in the AsyncAPI document: a channel, an operation and two messages for each."""

from typing import Any

import msgspec

from cti_model.questions import QUESTIONS, HistoryReply


def question_channels() -> dict[str, Any]:
    """A channel for each question: its subject says what it asks."""
    return {
        f"history_{name}": {
            "address": f"cti.{{tenant}}.history.{name}",
            "description": _words(asked.question),
            "parameters": {"tenant": {}},
            "messages": {asked.question.__name__: _message(asked.question.__name__)},
        }
        for name, asked in QUESTIONS.items()
    }


def question_operations() -> dict[str, Any]:
    """The journal receives each question and replies to the inbox that it names."""
    return {
        f"history_{name}": {
            "action": "receive",
            "channel": {"$ref": f"#/channels/history_{name}"},
            "reply": {
                "channel": {"$ref": "#/channels/replies"},
                "messages": [{"$ref": f"#/channels/replies/messages/{_reply(name)}"}],
            },
            "summary": _words(asked.question),
        }
        for name, asked in QUESTIONS.items()
    }


def replies() -> dict[str, Any]:
    """The messages that come back."""
    return {_reply(name): _message(_reply(name)) for name in QUESTIONS}


def question_messages() -> tuple[dict[str, Any], dict[str, Any]]:
    """Messages and schemas of the questions and of their replies."""
    types: dict[str, tuple[Any, str]] = {}
    for name, (question, answer) in QUESTIONS.items():
        types[question.__name__] = question, _words(question)
        types[_reply(name)] = HistoryReply[answer], f"The answer to `{name}`, or an error."  # type: ignore[valid-type]
    found, schemas = msgspec.json.schema_components(
        [each for each, _ in types.values()], ref_template="#/components/schemas/{name}"
    )
    messages = {
        name: {"name": name, "summary": summary, "contentType": "application/json", "payload": payload}
        for (name, (_, summary)), payload in zip(types.items(), found, strict=True)
    }
    return messages, schemas


def _reply(name: str) -> str:
    return f"HistoryReply_{name}"


def _message(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/messages/{name}"}


def _words(cls: type) -> str:
    """A type's description in one line."""
    return " ".join((cls.__doc__ or "").split())
