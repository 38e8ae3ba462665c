"""Methods that act on the user's own line, and the two that ask about it."""

from cti_simulators.oktell import calls, flash, links
from cti_simulators.oktell.frames import Body
from cti_simulators.oktell.house import House
from cti_simulators.oktell.lineinfo import about, line_info
from cti_simulators.oktell.methods.request import Method, done, text
from cti_simulators.oktell.state import Phase, User


def _line_info(house: House, user: User, _: Body) -> Body:
    pbx = house.pbx
    return line_info(user.line, pbx.now, number_in_back_ring=pbx.plan.number_in_back_ring)


def _flashed_info(_: House, user: User, params: Body) -> Body:
    held = user.line.flashed
    abonent = {} if held is None else about(held.other(user.line), held.target) | {"chainid": held.chain}
    return {"containsflashed": held is not None, "abonent": abonent}


def _autocall(house: House, user: User, params: Body) -> Body:
    first = text(params, "sequence") == "abonent"
    intercom = bool(params.get("intercom"))
    return done(calls.autocall(house.pbx, user.line, text(params, "number"), abonent_first=first, intercom=intercom))


def _abort_autocall(house: House, user: User, _: Body) -> Body:
    link = user.line.current
    if link is None or not link.autocall or link.phase is Phase.TALK:
        return done(False)
    links.finish(house.pbx, link, user.line)
    return done(True)


def _answer(house: House, user: User, _: Body) -> Body:
    """Only a telephone that obeys answers; the exchange says that it asked, whatever the telephone does."""
    if user.plan.auto_answer:
        calls.answer(house.pbx, user.line)
    return done(True)


def _decline(house: House, user: User, _: Body) -> Body:
    link = user.line.current
    if link is None or not user.line.rings:
        return done(False)
    links.finish(house.pbx, link, user.line)
    return done(True)


def _flash(house: House, user: User, params: Body) -> Body:
    deed = {"switch": flash.switch, "abort": flash.abort}.get(text(params, "mode"))
    return done(deed is not None and deed(house.pbx, user.line))


def _transfer(house: House, user: User, params: Body) -> Body:
    number = text(params, "transferto") or text(params, "number")
    return done(flash.blind(house.pbx, user.line, number))


LINES: dict[str, Method] = {
    "getextendedlineinfo": _line_info,
    "getflashedabonentinfo": _flashed_info,
    "pbxautocallstart": _autocall,
    "pbxautocallabort": _abort_autocall,
    "pbxanswercall": _answer,
    "pbxdeclinecall": _decline,
    "pbxabortcall": lambda house, user, _: done(flash.abort_call(house.pbx, user.line)),
    "pbxmakeflash": _flash,
    "pbxmaketransfer": _transfer,
    "pbxtransfercall": _transfer,
}
