"""The form between servers (`whoareyou`, `iam`): who speaks, who the users are, what Oktell asks of us. Pure.

Of secondary sources: Oktell's public page names the form, another product's server speaks it. None was seen.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from cti_connector.session import Refusal

from connector_oktell.wire.errors import LoginRefused
from connector_oktell.wire.frames import Frame, rows, text

MOST_SENT_BYTES: Final = 2048
"""Longer messages go in parts (documented for this form)."""
OURSELVES: Final = {"type": "ws-server", "name": "trunkline", "version": "1"}


@dataclass(frozen=True)
class Peer:
    """The other server. `dated`: its build as `yymmdd`, the last part of its version (inferred); 0: not told.

    `user`: the fields of a user whom it named, in whose name may be asked what is the same for all.
    """

    name: str = ""
    dated: int = 0
    user: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Member:
    """A user of Oktell. At least one of `user_id` and `login` is known. `number`: of their telephone."""

    user_id: str = ""
    login: str = ""
    name: str = ""
    number: str = ""

    @property
    def fields(self) -> dict[str, str]:
        """What names the user in a message."""
        return {name: each for name, each in (("userid", self.user_id), ("userlogin", self.login)) if each}


def introduced(answer: Frame) -> Peer:
    """The answer to `whoareyou`; raises `LoginRefused`."""
    if not answer.ok or answer.name != "iam":
        raise LoginRefused(f"Oktell takes no server: {answer.name} says {answer.failure}", Refusal.OTHER)
    fields = answer.fields
    last = text(fields, "version").rpartition(".")[2]
    dated = int(last) if len(last) == 6 and last.isdecimal() else 0
    return Peer(text(fields, "name"), dated, member(fields).fields)


def member(fields: dict[str, Any]) -> Member:
    """The user that a message is about; one without fields where it names none."""
    return Member(text(fields, "userid"), text(fields, "userlogin"))


def members(answer: Frame) -> list[Member]:
    """The users with a telephone in an answer to `getallusernumbers`; none where it was refused."""
    if not answer.ok:
        return []
    found = (
        Member(text(each, "id"), text(each, "login"), text(each, "name"), text(each, "main"))
        for each in rows(answer.fields, "users")
    )
    return [each for each in found if each.number and each.fields]


def reply(frame: Frame, known: list[Member]) -> Frame | None:
    """The answer to what Oktell asks; None: it asks nothing. It may ask for forms of a CRM: we have none."""
    qid = {"qid": frame.qid}
    match frame.name:
        case "ping":
            return Frame("pong", qid)
        case "whoareyou":
            return Frame("iam", qid | OURSELVES)
        case "getactiveusers":
            users = [each.fields | {"type": OURSELVES["type"]} for each in known]
            return Frame("activeusers", {**qid, "users": users})
        case "getavailableforms" | "getavailablemethods" | "showform" | "executemethod":
            return Frame(f"{frame.name}result", {**qid, "result": 0, "errormsg": "not supported"})
        case _:
            return None
