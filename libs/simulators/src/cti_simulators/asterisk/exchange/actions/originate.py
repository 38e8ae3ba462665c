"""Action Originate: click to call."""

import re

from cti_simulators.asterisk.exchange import dialplan
from cti_simulators.asterisk.exchange.actions.request import Request
from cti_simulators.asterisk.exchange.blocks import Block, Header
from cti_simulators.asterisk.exchange.originate import ANSWERED, Order, Originate
from cti_simulators.asterisk.exchange.state import Channel

_CALLER_ID = re.compile(r'\s*(?:"?(?P<name>[^"<]*?)"?\s*<(?P<number>[^>]*)>|(?P<bare>\+?\d+))\s*')
_RING_MS = 30000


def originate(request: Request) -> list[Block] | None:
    """Ring a telephone and connect it. Not async: the session waits for the answer."""
    if not request.get("channel"):
        return request.error("Channel not specified")
    application = request.get("application")
    context, exten = request.get("context"), request.get("exten")
    if not application:
        if not (context and exten and request.get("priority")):
            return request.error("Extension does not exist.")
        if not dialplan.exists(request.pbx, context, exten):
            return request.error("Extension does not exist.")
    timeout = request.get("timeout") or str(_RING_MS)
    if not timeout.isdecimal():
        return request.error("Invalid timeout")
    if request.get("channelid") and request.get("channelid") in request.pbx.channels:
        return request.error("Uniqueid already in use")
    order = _order(request, int(timeout) / 1000)
    if request.get("async").lower() in ("true", "yes", "1", "on"):
        request.pbx.later(0.0, _asynchronous(request, order).begin)
        return request.success("Originate successfully queued")
    answered = {True: request.success("Originate successfully queued"), False: request.error("Originate failed")}
    Originate(request.pbx, order, lambda reason, _: request.later(answered[reason == ANSWERED])).begin()
    return None


def _order(request: Request, ring_s: float) -> Order:
    match = _CALLER_ID.fullmatch(request.get("callerid"))
    number = (match["number"] or match["bare"] or "") if match is not None else ""
    return Order(
        channel=request.get("channel"),
        context=request.get("context"),
        exten=request.get("exten"),
        application=request.get("application"),
        data=request.get("data"),
        caller_number=number,
        caller_name=(match["name"] or "") if match is not None else "",
        variables=tuple(request.pairs()),
        ring_s=ring_s,
        uniqueid=request.get("channelid"),
        other_uniqueid=request.get("otherchannelid"),
    )


def _asynchronous(request: Request, order: Order) -> Originate:
    def done(reason: int, channel: Channel | None) -> None:
        pbx = request.pbx
        where = [("Application", order.application), ("Data", order.data)]
        if not order.application:
            where = [("Context", order.context), ("Exten", order.exten)]
        more: list[Header] = [
            *request.tag,
            ("Response", "Success" if channel is not None else "Failure"),
            ("Channel", channel.name if channel is not None else order.channel),
            *where,
            ("Reason", str(reason)),
            ("Uniqueid", ""),
            ("CallerIDNum", order.caller_number or "<unknown>"),
            ("CallerIDName", order.caller_name or "<unknown>"),
        ]
        uniqueid = channel.uniqueid if channel is not None else ""
        pbx.tell(pbx.voice.originated(more, success=channel is not None, uniqueid=uniqueid))

    return Originate(request.pbx, order, done)
