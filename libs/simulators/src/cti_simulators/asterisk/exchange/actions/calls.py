"""Actions that change and end calls."""

import re

from cti_simulators.asterisk.exchange import dialplan, parking, transfers
from cti_simulators.asterisk.exchange.actions.request import Request
from cti_simulators.asterisk.exchange.blocks import Block
from cti_simulators.asterisk.exchange.talks import hang_up, peer


def hangup(request: Request) -> list[Block]:
    """End a channel, or all whose name matches `/expression/`."""
    name = request.get("channel")
    if not name:
        return request.error("No channel specified")
    cause = int(request.get("cause")) if request.get("cause").isdecimal() else 16
    if name.startswith("/") and name.endswith("/") and len(name) > 1:
        return _hangup_matching(request, name[1:-1], cause)
    channel = request.channel()
    if channel is None:
        return request.error("No such channel")
    request.pbx.later(0.0, lambda: hang_up(request.pbx, channel, cause))
    return request.success("Channel Hungup")


def _hangup_matching(request: Request, expression: str, cause: int) -> list[Block]:
    try:
        pattern = re.compile(expression)
    except re.error:
        return request.error("Regex compile error")
    found = [each for each in request.pbx.channels.values() if pattern.search(each.name)]
    for channel in found:
        request.pbx.later(0.0, lambda channel=channel: hang_up(request.pbx, channel, cause))  # type: ignore[misc]
    items: list[Block] = [(("Event", "ChannelHungup"), *request.tag, ("Channel", each.name)) for each in found]
    return request.listing("Channels hung up will follow", items, "ChannelsHungupListComplete")


def redirect(request: Request) -> list[Block]:
    """Send a channel, and perhaps another, to a number."""
    if not request.get("channel"):
        return request.error("Channel not specified")
    if not request.get("context"):
        return request.error("Context not specified")
    if not request.get("exten"):
        return request.error("Exten not specified")
    if not request.get("priority"):
        return request.error("Priority not specified")
    channel = request.channel()
    if channel is None:
        return request.error("Channel does not exist: " + request.get("channel"))
    extra = request.channel("extrachannel")
    if request.get("extrachannel") and extra is None:
        return request.error("ExtraChannel does not exist: " + request.get("extrachannel"))
    context, exten = request.get("context"), request.get("exten")
    request.pbx.later(0.0, lambda: transfers.redirect(request.pbx, channel, context, exten, extra))
    return request.success("Redirect successful" if extra is None else "Dual Redirect successful")


def blind_transfer(request: Request) -> list[Block]:
    """As if the channel's telephone transferred."""
    if not request.get("channel"):
        return request.error("No channel specified")
    if not request.get("exten"):
        return request.error("No extension specified")
    channel = request.channel()
    if channel is None:
        return request.error("Channel specified does not exist")
    if peer(channel) is None:
        return request.error("Transfer failed")
    context = request.get("context") or dialplan.INTERNAL
    if not dialplan.exists(request.pbx, context, request.get("exten")):
        return request.error("Transfer failed")
    request.pbx.later(0.0, lambda: transfers.blind(request.pbx, channel, context, request.get("exten")))
    return request.success("Transfer succeeded")


def bridge(request: Request) -> list[Block]:
    """Let two channels talk."""
    one, two = request.channel("channel1"), request.channel("channel2")
    for name, channel in (("Channel1", one), ("Channel2", two)):
        wanted = request.get(name.lower())
        if not wanted:
            return request.error("Missing channel parameter in request")
        if channel is None:
            exists = "exists" if request.pbx.facts.masquerades else "exist"
            return request.error(f"{name} does not {exists}: {wanted}")
    assert one is not None
    assert two is not None

    def do() -> None:
        transfers.bridge_two(request.pbx, one, two)
        request.pbx.tell(request.pbx.voice.bridge_action(one, two))

    request.pbx.later(0.0, do)
    done = "Launched bridge thread with success" if request.pbx.facts.masquerades else "Channels have been bridged"
    return request.success(done)


def park(request: Request) -> list[Block]:
    """Park a channel; whom it talks with is out of it."""
    channel = request.channel()
    if not request.get("channel"):
        return request.error("Channel not specified")
    if channel is None:
        return request.error("Channel does not exist: " + request.get("channel"))
    parker = request.channel("timeoutchannel") or request.channel("announcechannel") or peer(channel)
    talking_to = peer(channel)

    def do() -> None:
        if talking_to is not None and peer(channel) is talking_to:
            parking.park_talk(request.pbx, talking_to)
        elif not channel.gone:
            parking.park(request.pbx, channel, parker.device if parker is not None else channel.device)

    request.pbx.later(0.0, do)
    return request.success("Channel parked" if request.pbx.facts.masquerades else "Park successfully queued")
