"""What `getextendedlineinfo` says of a line. Pure: the client believes this, not the events."""

from typing import Final

from cti_simulators.oktell.state import ZERO, End, Line, Link, Menu, Phase, Place, Queue, Room

Body = dict[str, object]
_FLAGS: Final = (
    *("isringing", "isautocall", "iscommutated", "iswaitinginflash", "iswaitingforanswer"),
    *("isconference", "isivr", "isroutingivr"),
)


def line_info(line: Line, now: float, *, number_in_back_ring: bool = True) -> Body:
    """The fields of the reply. `abonent` is there always, `{}` when there is none; then the chain is zero."""
    link = line.current
    info: Body = {
        "linestatestr": _line_state(line),
        "chainid": ZERO if link is None else link.chain,
        "calledid": link.target if link is not None and link.caller is line else "",
        "timertalklensec": int(now - link.since) if link is not None and link.phase is Phase.TALK else 0,
        "isflashing": line.flashed is not None,
        "abonent": {} if link is None else _abonent(line, link, number_in_back_ring=number_in_back_ring),
    }
    if line.flashed is not None:
        info["flashed"] = about(line.flashed.other(line), line.flashed.target) | {"chainid": line.flashed.chain}
    return info


def about(end: End | None, target: str) -> Body:
    """Who is at an end; of who is not there yet only the number that was dialled is known."""
    if isinstance(end, Room):
        return {"conferenceid": end.id, "conferencename": end.name, "conferenceroom": end.number, "isconference": True}
    if isinstance(end, Place):
        return {"number": end.number, "name": end.name, "isivr": True, "ivrname": end.name, "isextline": False}
    if end is None:
        outside = len(target) > 5
        return {"number": target, "callerid": target, "isextline": outside, "extline": outside}
    found: Body = {"number": end.number, "callerid": end.number, "name": end.name, "isextline": end.user is None}
    found["extline"] = end.user is None
    if end.user is not None:
        user = end.user
        found |= {"userid": user.id, "userlogin": user.login, "username": end.name, "simplename": end.name}
    return found


def _line_state(line: Line) -> str:
    """Only lsCommutated, lsHookUp, lsReserved and lsDisconnected mean anything to the client."""
    if line.user is not None and not line.user.registered:
        return "lsDisconnected"
    if line.current is None:
        return "lsHookUp" if line.flashed is not None else "lsReady"
    if line.rings:
        return "lsRinging"
    return "lsCommutated" if line.talks and not _queued(line.current) else "lsDialing"


def _queued(link: Link) -> bool:
    return isinstance(link.called, Queue)


def _abonent(line: Line, link: Link, *, number_in_back_ring: bool) -> Body:
    other = link.other(line)
    found: Body = {
        **dict.fromkeys(_FLAGS, False),
        "direction": "",
        "comment": "",
        "conferenceid": None,
        "ivrname": None,
        **about(other, link.target),
    }
    if line.rings:
        found["isringing"] = True
        if link.caller is line:
            found["direction"] = "acm_callback"
            if not number_in_back_ring and link.phase is Phase.BACK:
                found |= {"number": "", "callerid": ""}
    elif link.phase is Phase.FIRST:
        found["isautocall"] = True
    elif link.phase is Phase.CALLBACK or (isinstance(other, Line) and link.held_by(other)):
        found["iswaitinginflash"] = True
    elif link.phase is Phase.TALK and not _queued(link):
        found["iscommutated"] = not isinstance(other, Menu)
    else:
        found["iswaitingforanswer"] = True
    return found
