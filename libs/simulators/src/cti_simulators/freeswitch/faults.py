"""What can be wrong with a simulated event socket; to be changed while it runs."""

from dataclasses import dataclass, field

RUDE = b"Access Denied, go away.\n"
GOODBYE = b"Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n"
"""FreeSWITCH's own words (`mod_event_socket`, 1.10)."""


@dataclass(frozen=True)
class User:
    """A directory user who may log in (`userauth`): with which password, and what it may hear and ask.

    `events` and `api`: `esl-allowed-events` and `esl-allowed-api`, subclasses among the events; None: all.
    """

    password: str
    events: frozenset[str] | None = None
    api: frozenset[str] | None = None


@dataclass
class Faults:
    """None by default.

    `deaf`: connections are cut. `rude`: the address is not in the ACL. `delay_s`: of every answer to `api` and end of
    a job. `errors`: what a command (by name) answers instead, without being carried out. `silent`: commands that are
    carried out and never answered. `denied`: commands that the user may not give (`esl-allowed-api`). `lose`: so many
    events are not sent. `cut_next`: the next event ends in the middle of its frame, and with it the connection.
    """

    deaf: bool = False
    rude: bool = False
    delay_s: float = 0.0
    errors: dict[str, str] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    denied: set[str] = field(default_factory=set)
    lose: int = 0
    cut_next: bool = False
