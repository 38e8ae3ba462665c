"""Atxfer and CancelAtxfer: the attended transfer that Asterisk itself does."""

from cti_simulators.asterisk.exchange import consultations, dialplan
from cti_simulators.asterisk.exchange.actions.request import Request
from cti_simulators.asterisk.exchange.blocks import Block


def atxfer(request: Request) -> list[Block]:
    """Consult somebody about the talk of a channel; it is completed when that channel hangs up."""
    if not request.get("channel"):
        return request.error("No channel specified")
    if not request.get("exten"):
        return request.error("No extension specified")
    channel = request.channel()
    if channel is None:
        return request.error("Channel specified does not exist")
    context = request.get("context") or dialplan.INTERNAL
    request.pbx.later(0.0, lambda: consultations.consult(request.pbx, channel, context, request.get("exten")))
    return request.success("Atxfer successfully queued")


def cancel(request: Request) -> list[Block]:
    """Take the first talk back."""
    if not request.get("channel"):
        return request.error("No channel specified")
    channel = request.channel()
    if channel is None:
        return request.error("Channel specified does not exist")
    consultation = channel.transfers
    if consultation is not None:
        request.pbx.later(0.0, consultation.cancel)
    return request.success("CancelAtxfer successfully queued")
