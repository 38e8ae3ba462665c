"""What `getextendedlineinfo` says: the one answer that decides how it stands with an operator's line."""

from dataclasses import dataclass
from typing import Any, Final

from cti_model.calls import Device, DeviceKind

from connector_oktell.wire import table, text

TRUNK: Final = Device("oktell", DeviceKind.TRUNK)
ZERO: Final = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True)
class Abonent:
    """The other side of a line. `key`: who it is, for "the same as before"; `chain`: the chain of calls it is in.

    `number` may be unknown (a back-ring, an IVR). `external`: outside the company. `user`: one of its people, by name.
    `ivr`: a voice menu; one that the line waits in for an answer is a queue (inferred).
    """

    key: str
    number: str = ""
    name: str = ""
    external: bool = False
    chain: str = ""
    conference: str = ""
    ivr: bool = False
    user: bool = False

    @property
    def device(self) -> Device:
        """What is behind it. Outside the company it is one trunk for all: Oktell tells an operator no line."""
        if self.external:
            return TRUNK
        if self.conference:
            return Device(self.number or self.conference, DeviceKind.CONFERENCE)
        kind = DeviceKind.APPLICATION if self.ivr else DeviceKind.EXTENSION
        return Device(self.number or self.key, kind)


@dataclass(frozen=True)
class LineInfo:
    """One answer. `abonent`: the present other side; `flashed`: who is in the operator's own hold."""

    abonent: Abonent | None = None
    flashed: Abonent | None = None
    line_state: str = ""
    ringing: bool = False
    autocall: bool = False
    callback: bool = False
    commutated: bool = False
    in_flash: bool = False
    waiting_for_answer: bool = False
    in_conference: bool = False
    ivr: bool = False
    dialled: bool = False

    @property
    def hears_us(self) -> bool:
        """Whether the other side is connected with the line, held or not."""
        return self.commutated or self.in_flash or self.in_conference


def line_info(fields: dict[str, Any]) -> LineInfo | None:
    """The answer's meaning; None where it has no `abonent` object: then it says nothing (oktell.js 1.8.4, run)."""
    said = fields.get("abonent")
    if not isinstance(said, dict):
        return None
    flashed = table(fields, "flashed") if fields.get("isflashing") else {}
    return LineInfo(
        abonent=abonent(said, _chain(fields), text(fields, "calledid")),
        flashed=abonent(flashed, _chain(flashed)) if flashed else None,
        line_state=text(fields, "linestatestr"),
        ringing=bool(said.get("isringing")),
        autocall=bool(said.get("isautocall")),
        callback=text(said, "direction") == "acm_callback",
        commutated=bool(said.get("iscommutated")),
        in_flash=bool(said.get("iswaitinginflash")),
        waiting_for_answer=bool(said.get("iswaitingforanswer")),
        in_conference=bool(said.get("isconference") or said.get("conferenceid")),
        ivr=bool(said.get("isivr")),
        dialled=bool(said.get("extline") or said.get("number")),
    )


def abonent(said: dict[str, Any], chain: str, called: str = "") -> Abonent | None:
    """Who an object of the answer speaks of; None where it names nobody."""
    conference = text(said, "conferenceid")
    conference = "" if conference == ZERO else conference
    caller = text(said, "callerid") or called
    number = text(said, "number") or caller
    key = text(said, "competitorid") or text(said, "number") or text(said, "userid") or caller or chain
    if said.get("isivr") and not key:
        key = "ivr"
    if not key and not conference:
        return None
    names: tuple[str, ...] = ("simplename", "username", "name", "caption", "userlogin", "number", "ivrname")
    if conference:
        number, names = text(said, "conferenceroom"), ("conferencename",)
    name = next((value for each in names if (value := text(said, each))), "")
    return Abonent(
        key=key or conference,
        number=number,
        name="" if name == number else name,
        external=bool(said.get("isextline")),
        chain=chain,
        conference=conference,
        ivr=bool(said.get("isivr")),
        user=bool(text(said, "userid")),
    )


def _chain(fields: dict[str, Any]) -> str:
    chain = text(fields, "chainid")
    return "" if chain == ZERO else chain
