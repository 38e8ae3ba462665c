"""A request for secrets proves who asks; its reply opens for nobody else."""

import base64
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from cti_bus import Seen
from cti_directory import DirectoryCopy
from cti_directory.credentials import (
    ConnectorKey,
    Credential,
    CredentialsReply,
    CredentialsRequest,
    NotProven,
    NotSealed,
    Question,
    check,
    sealed,
)
from cti_model import subjects
from cti_model.directory import CredentialEntry
from msgspec.structs import replace

AT = datetime(2026, 1, 1, 10, 0, 0, 123456, tzinfo=UTC)
KEY, OTHER = (ConnectorKey(base64.b64encode(bytes([n]) * 32).decode()) for n in (1, 2))
ANN = Credential(user="ann", credential="c/1", login="anna", secret="s3cret")


def over_the_wire(request: CredentialsRequest) -> CredentialsRequest:
    return msgspec.json.decode(msgspec.json.encode(request), type=CredentialsRequest)


def test_what_is_asked_with_the_key_is_answered_to_who_asked():
    question = Question(KEY, "acme", "board", ["ann"], AT)
    request = over_the_wire(question.request)
    reply = sealed(check(KEY, "acme", request, AT + timedelta(seconds=30)), request, [ANN])
    assert question.open(msgspec.json.decode(msgspec.json.encode(reply), type=CredentialsReply)) == (ANN,)
    assert b"s3cret" not in msgspec.json.encode(reply)
    assert "s3cret" not in repr(ANN) + repr(question.request)


@pytest.mark.parametrize(
    ("change", "tenant", "after_s", "key"),
    [
        ({"users": ("bob",)}, "acme", 0, KEY),
        ({"pbx": "other"}, "acme", 0, KEY),
        ({"public_key": bytes(32)}, "acme", 0, KEY),
        ({"proof": b""}, "acme", 0, KEY),
        ({}, "rival", 0, KEY),
        ({}, "acme", 61, KEY),
        ({}, "acme", -61, KEY),
        ({}, "acme", 0, OTHER),
        ({}, "acme", 0, None),
    ],
)
def test_what_is_changed_late_or_of_another_is_refused(change, tenant, after_s, key):
    request = replace(over_the_wire(Question(KEY, "acme", "board", ["ann"], AT).request), **change)
    with pytest.raises(NotProven):
        check(key, tenant, request, AT + timedelta(seconds=after_s))


def test_no_request_is_for_everybody_at_once():
    request = Question(KEY, "acme", "board", [f"u{n}" for n in range(101)], AT).request
    with pytest.raises(NotProven, match="100 users"):
        check(KEY, "acme", request, AT)


def test_a_reply_opens_only_for_its_request_and_with_the_key():
    question = Question(KEY, "acme", "board", ["ann"], AT)
    reply = sealed(KEY, question.request, [ANN])
    forged = sealed(OTHER, question.request, [ANN])
    for other, given in (
        (Question(KEY, "acme", "board", ["ann"], AT), reply),
        (question, forged),
        (question, replace(reply, sealed=reply.sealed[:-1] + b"x")),
        (question, replace(reply, public_key=b"short")),
    ):
        with pytest.raises(NotSealed):
            other.open(given)


@pytest.mark.parametrize("text", ["", "not base64!", base64.b64encode(b"short").decode()])
def test_a_bad_key_is_refused(text):
    with pytest.raises(ValueError, match="key"):
        ConnectorKey(text)


def test_the_copy_knows_who_has_which_credential():
    heard: list[int] = []
    copy = DirectoryCopy(None, "acme", lambda: heard.append(1))  # type: ignore[arg-type] # nothing is watched
    entry = msgspec.json.encode(CredentialEntry(user="ann", pbx="board", credential="c/1"))
    copy.take(Seen(True, {subjects.directory_credential("acme", "board", "ann"): entry}))
    assert (copy.credentials("acme", "board"), copy.credentials("acme", "other")) == ({"ann": "c/1"}, {})
    assert copy.credentials("rival", "board") == {}
    copy.take(Seen(False, {subjects.directory_credential("acme", "board", "ann"): None}))
    assert copy.credentials("acme", "board") == {}
