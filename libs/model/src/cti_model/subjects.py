"""Every NATS subject of Trunkline is spelled here and nowhere else.

A token may hold no dot, space, `*`, `>` or control character; other values are refused with `BadToken`.
"""

import re
from typing import NamedTuple


class BadToken(ValueError):
    """A value that cannot be a token of a subject."""


_TOKEN = re.compile(r"[^\s.*>\x00-\x1f\x7f]{1,128}")
_NO_TOKEN = re.compile(r"[\s.*>%\x00-\x1f\x7f]")


def token(value: str) -> str:
    """The value, if it can stand between two dots of a subject; raises `BadToken`."""
    if not _TOKEN.fullmatch(value):
        raise BadToken(f"not usable in a subject: {value!r}")
    return value


def call(tenant: str, pbx: str, call_id: str, event: str) -> str:
    """Subject of one call event."""
    return f"cti.{token(tenant)}.call.{token(pbx)}.{token(call_id)}.{token(event)}"


def calls_of(tenant: str, pbx: str, call_id: str) -> str:
    """Filter of all events of one call: the fence of its publisher."""
    return f"cti.{token(tenant)}.call.{token(pbx)}.{token(call_id)}.>"


def calls_of_pbx(tenant: str, pbx: str) -> str:
    """Everything about all calls of a PBX."""
    return f"cti.{token(tenant)}.call.{token(pbx)}.*.>"


def event_of_calls(tenant: str, pbx: str, event: str) -> str:
    """Filter of one kind of event of all calls of a PBX."""
    return f"cti.{token(tenant)}.call.{token(pbx)}.*.{token(event)}"


def link(tenant: str, pbx: str, event: str) -> str:
    """Subject of one link event."""
    return f"cti.{token(tenant)}.link.{token(pbx)}.{token(event)}"


def journal(tenant: str, pbx: str, call_id: str, event: str) -> str:
    """Subject of one fact that the journal adds about a call: the fence of its publisher."""
    return f"cti.{token(tenant)}.journal.{token(pbx)}.{token(call_id)}.{token(event)}"


def journal_of_tenant(tenant: str) -> str:
    """Filter of all that the journal adds about a tenant's calls."""
    return f"cti.{token(tenant)}.journal.>"


def is_journal(subject: str) -> bool:
    """Whether this is the subject of a fact that the journal adds."""
    return subject.split(".", 3)[2:3] == ["journal"]


def agent(tenant: str, pbx: str, device: str, event: str) -> str:
    """Subject of one agent event. `device` is the agent's extension."""
    return f"cti.{token(tenant)}.agent.{token(pbx)}.{token(device)}.{token(event)}"


def agents_of(tenant: str, pbx: str, device: str) -> str:
    """Filter of all events of one agent: the fence of its publisher."""
    return f"cti.{token(tenant)}.agent.{token(pbx)}.{token(device)}.>"


def agents_of_pbx(tenant: str, pbx: str) -> str:
    """Filter of the events of all agents of a PBX."""
    return f"cti.{token(tenant)}.agent.{token(pbx)}.*.>"


def agents_of_tenant(tenant: str) -> str:
    """Filter of all agent events of a tenant."""
    return f"cti.{token(tenant)}.agent.>"


def is_agent(subject: str) -> bool:
    """Whether this is the subject of an agent event."""
    return subject.split(".", 3)[2:3] == ["agent"]


def operator(tenant: str, pbx: str, user_id: str, event: str) -> str:
    """Subject of one event of an operator's own link to the PBX."""
    return f"cti.{token(tenant)}.operator.{token(pbx)}.{token(user_id)}.{token(event)}"


def operators_of(tenant: str, pbx: str, user_id: str) -> str:
    """Filter of all events of one operator's link: the fence of its publisher."""
    return f"cti.{token(tenant)}.operator.{token(pbx)}.{token(user_id)}.>"


def operators_of_pbx(tenant: str, pbx: str) -> str:
    """Filter of the events of all operators' links to a PBX."""
    return f"cti.{token(tenant)}.operator.{token(pbx)}.*.>"


def operators_of_tenant(tenant: str) -> str:
    """Filter of the events of all operators' links of a tenant."""
    return f"cti.{token(tenant)}.operator.>"


def is_operator(subject: str) -> bool:
    """Whether this is the subject of an event of an operator's link."""
    return subject.split(".", 3)[2:3] == ["operator"]


def raw(tenant: str, pbx: str) -> str:
    """Subject of PBX frames as they came."""
    return f"cti.{token(tenant)}.raw.{token(pbx)}"


def user(tenant: str, user_id: str) -> str:
    """Subject of one user's view."""
    return f"cti.{token(tenant)}.user.{token(user_id)}"


def calls_of_tenant(tenant: str) -> str:
    """Filter of all call events of a tenant."""
    return f"cti.{token(tenant)}.call.>"


def users_of(tenant: str) -> str:
    """Filter of the views of all users of a tenant."""
    return f"cti.{token(tenant)}.user.*"


def queue(tenant: str, pbx: str, name: str) -> str:
    """Subject of one queue of a PBX, which may have any name: what cannot stand in a token is escaped."""
    escaped = _NO_TOKEN.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), name)
    return f"cti.{token(tenant)}.queue.{token(pbx)}.{token(escaped)}"


def queues_of(tenant: str) -> str:
    """Filter of all queues of a tenant."""
    return f"cti.{token(tenant)}.queue.*.*"


def is_queue(subject: str) -> bool:
    """Whether this is the subject of a queue."""
    return subject.split(".", 3)[2:3] == ["queue"]


def user_in(subject: str) -> str:
    """The user in the subject of a view."""
    return subject.rsplit(".", 1)[1]


def command(tenant: str, pbx: str, verb: str) -> str:
    """Subject of requests to do something on a PBX: who may publish here may ask for this verb."""
    return f"cti.{token(tenant)}.cmd.{token(pbx)}.{token(verb)}"


def commands_of(tenant: str, pbx: str) -> str:
    """Filter of all requests to one PBX."""
    return f"cti.{token(tenant)}.cmd.{token(pbx)}.*"


def command_outcome(tenant: str, pbx: str, verb: str, outcome: str) -> str:
    """Subject of what became of a command: one for each verb and outcome, not for each command, which would be many."""
    return f"cti.{token(tenant)}.command.{token(pbx)}.{token(verb)}.{token(outcome)}"


def command_outcomes_of_pbx(tenant: str, pbx: str) -> str:
    """What becomes of all commands to a PBX."""
    return f"cti.{token(tenant)}.command.{token(pbx)}.*.>"


def identify(tenant: str) -> str:
    """Subject of requests to the directory: who is behind a number?"""
    return f"cti.{token(tenant)}.directory.identify"


def credentials(tenant: str) -> str:
    """Subject of requests to the directory: what do these users sign in at a PBX with? (`cti_directory.credentials`)"""
    return f"cti.{token(tenant)}.directory.credentials"


def history(tenant: str, question: str) -> str:
    """Subject of requests to the journal (`cti_model.questions`): who may publish here reads all calls of the tenant.

    In no stream: a request that a stream takes too would be answered by the stream.
    """
    return f"cti.{token(tenant)}.history.{token(question)}"


def directory_user(tenant: str, user_id: str) -> str:
    """Key of a user in the bucket `cti_directory`."""
    return f"{token(tenant)}.user.{token(user_id)}"


def directory_extension(tenant: str, pbx: str, extension: str) -> str:
    """Key of an extension in the bucket `cti_directory`."""
    return f"{token(tenant)}.extension.{token(pbx)}.{token(extension)}"


def directory_credential(tenant: str, pbx: str, user_id: str) -> str:
    """Key of a user's credential for a PBX in the bucket `cti_directory`."""
    return f"{token(tenant)}.credential.{token(pbx)}.{token(user_id)}"


def stored_command(tenant: str, command_id: str) -> str:
    """Keys of a command in the bucket `cti_commands`, whatever PBX it was for."""
    return f"{token(tenant)}.*.{token(command_id)}"


def living_call(tenant: str, pbx: str, call_id: str) -> str:
    """A call's key in the bucket `cti_live_calls`: there from before the call's first event until after its last."""
    return f"{token(tenant)}.{token(pbx)}.{token(call_id)}"


def lease_of_pbx(tenant: str, pbx: str) -> str:
    """Key of the lease of a PBX's link in the bucket `cti_leases`: there while a connector leads it."""
    return f"pbx.{token(tenant)}.{token(pbx)}"


def leases_of_pbxs(tenant: str) -> str:
    """Keys of the leases of a tenant's PBX links in the bucket `cti_leases`."""
    return f"pbx.{token(tenant)}.*"


def presence(tenant: str, user_id: str, instance: str) -> str:
    """Key of a user's sessions at one gateway in the bucket `cti_presence`."""
    return f"{token(tenant)}.{token(user_id)}.{token(instance)}"


def presence_of_tenant(tenant: str) -> str:
    """Keys of all users' sessions in the bucket `cti_presence`."""
    return f"{token(tenant)}.>"


def presence_of(tenant: str, user_id: str) -> str:
    """Keys of a user's sessions at all gateways in the bucket `cti_presence`."""
    return f"{token(tenant)}.{token(user_id)}.*"


def all_calls(event: str) -> str:
    """Filter of one kind of call event, of all tenants and PBXs."""
    return f"cti.*.call.*.*.{token(event)}"


ALL_CALLS = "cti.*.call.>"
ALL_AGENTS = "cti.*.agent.>"
ALL_IDENTIFIED = "cti.*.journal.*.*.identified"
ALL_IDENTIFY = "cti.*.directory.identify"
ALL_CREDENTIALS = "cti.*.directory.credentials"
ALL_HISTORY = "cti.*.history.*"


class CallSubject(NamedTuple):
    """A call subject taken apart."""

    tenant: str
    pbx: str
    call_id: str
    event: str


def verb_of(subject: str) -> str:
    """The verb in the subject of a request; raises `BadToken` when it is none."""
    parts = subject.split(".")
    if len(parts) != 5 or parts[0] != "cti" or parts[2] != "cmd":
        raise BadToken(f"not the subject of a command: {subject!r}")
    return parts[4]


def tenant_of(subject: str) -> str:
    """The tenant in a subject; raises `BadToken` when it is none of ours."""
    parts = subject.split(".")
    if len(parts) < 3 or parts[0] != "cti":
        raise BadToken(f"not a subject of ours: {subject!r}")
    return parts[1]


def parse_call(subject: str) -> CallSubject:
    """Take a call subject apart; raises `BadToken` when it is none."""
    parts = subject.split(".")
    if len(parts) != 6 or parts[0] != "cti" or parts[2] != "call":
        raise BadToken(f"not a call subject: {subject!r}")
    return CallSubject(parts[1], parts[3], parts[4], parts[5])
