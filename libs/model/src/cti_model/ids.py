"""Deterministic identifiers: the same input gives the same id on every machine and at every replay."""

from uuid import UUID, uuid5

_NAMESPACE = UUID("6f1a8f0e-5d0c-5b7e-9a44-7472756e6b6c")  # fixed for ever: every stored id depends on it


def call_id(tenant: str, pbx: str, epoch: str, native: str) -> str:
    """Trunkline's id of a call, kept from first ring to archive.

    `epoch` distinguishes lives of one PBX whose native ids start again after a restart; leave it empty
    where native ids carry it themselves (Asterisk's `<start second>.<n>`, while its clock is right).
    """
    return str(uuid5(_NAMESPACE, f"call/{tenant}/{pbx}/{epoch}/{native}"))


def connection_id(tenant: str, pbx: str, epoch: str, native: str) -> str:
    """Trunkline's id of one device's part in a call. It stays when the connection moves to another call."""
    return str(uuid5(_NAMESPACE, f"connection/{tenant}/{pbx}/{epoch}/{native}"))


def event_id(call: str, version: int, kind: str, occurred_us: int) -> str:
    """Id of the `version`-th event of a call. A repeat has the same id; another content of that version has not."""
    return str(uuid5(_NAMESPACE, f"event/{call}/{version}/{kind}/{occurred_us}"))


def command_event_id(tenant: str, pbx: str, command_id: str, outcome: str) -> str:
    """Id of the event that tells that a command reached this outcome. Each command reaches each outcome once."""
    return str(uuid5(_NAMESPACE, f"command/{tenant}/{pbx}/{command_id}/{outcome}"))


def journal_event_id(tenant: str, kind: str, *what: str) -> str:
    """Id of what the journal tells once: `saved` of a call and a user, `linked` of a row, a version and an instant."""
    return str(uuid5(_NAMESPACE, "/".join(("journal", tenant, kind, *what))))


def recording_id(tenant: str, pbx: str, native: str) -> str:
    """Trunkline's id of a recording: it stands in addresses, where the PBX's (a file name, often) could not."""
    return str(uuid5(_NAMESPACE, f"recording/{tenant}/{pbx}/{native}"))
