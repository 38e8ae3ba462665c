"""Actions that show what is: channels, bridges, devices, parking, conferences."""

from cti_simulators.asterisk.exchange.actions.request import Request
from cti_simulators.asterisk.exchange.blocks import UNKNOWN, Block, Header
from cti_simulators.asterisk.exchange.devices import HINT_STATUS, trunk_state
from cti_simulators.asterisk.exchange.state import STATE_NAMES, Bridge, Channel
from cti_simulators.asterisk.exchange.talks import peer
from cti_simulators.asterisk.exchange.voice import headers


def channels(request: Request) -> list[Block]:
    """All channels that live now."""
    item = _channel_11 if request.pbx.facts.masquerades else _channel
    items: list[Block] = [
        (("Event", "CoreShowChannel"), *request.tag, *item(request, each)) for each in request.pbx.channels.values()
    ]
    return _marked(request, "Channels will follow", items, "CoreShowChannelsComplete")


def status(request: Request) -> list[Block]:
    """All channels, or one, told otherwise."""
    channel = request.channel()
    if request.get("channel") and channel is None:
        return request.error("No such channel")
    wanted = [channel] if channel is not None else list(request.pbx.channels.values())
    head = [("Event", "Status"), ("Privilege", "Call")]
    item = _status_11 if request.pbx.facts.masquerades else _status
    items: list[Block] = [(*head, *item(request, each), *request.tag) for each in wanted]
    count = ("Items", str(len(items)))
    return request.listing("Channel status will follow", items, "StatusComplete", count)


def bridges(request: Request) -> list[Block]:
    """All bridges."""
    items: list[Block] = [
        (("Event", "BridgeListItem"), *request.tag, *headers.bridge(each)) for each in request.pbx.bridges.values()
    ]
    return request.listing("Bridge listing will follow", items, "BridgeListComplete")


def bridge(request: Request) -> list[Block]:
    """One bridge and who is in it."""
    uniqueid = request.get("bridgeuniqueid")
    if not uniqueid:
        return request.error("BridgeUniqueid must be provided")
    found: Bridge | None = request.pbx.bridges.get(uniqueid)
    if found is None:
        return request.error("Bridge not found")
    items: list[Block] = [
        (("Event", "BridgeInfoChannel"), *request.tag, *headers.channel(each)) for each in found.channels
    ]
    end = request.listing("Bridge channel listing will follow", items, "BridgeInfoComplete")
    return [*end[:-1], (*end[-1], *headers.bridge(found))]


def devices(request: Request) -> list[Block]:
    """The states of all telephones, and of the trunk."""
    pbx = request.pbx
    states = [(pbx.device(number), phone.shown) for number, phone in pbx.phones.items()]
    states.append((pbx.trunk, trunk_state(pbx)))
    items: list[Block] = [
        (("Event", "DeviceStateChange"), *request.tag, ("Device", device), ("State", state)) for device, state in states
    ]
    return request.listing("Device State Changes will follow", items, "DeviceStateListComplete")


def hints(request: Request) -> list[Block]:
    """The states of all extensions."""
    items: list[Block] = [
        (("Event", "ExtensionStatus"), *request.tag, *_hint(request, number)) for number in request.pbx.phones
    ]
    return request.listing("Extension Statuses will follow", items, "ExtensionStateListComplete")


def hint(request: Request) -> list[Block]:
    """The state of one extension."""
    number = request.get("exten")
    if not number:
        return request.error("Extension not specified")
    if number not in request.pbx.phones:
        where = [("Exten", number), ("Context", request.get("context")), ("Hint", ""), ("Status", "-1")]
        return request.success("Extension Status", *where, ("StatusText", "Unknown"))
    return request.success("Extension Status", *_hint(request, number))


def parked(request: Request) -> list[Block]:
    """Who waits in parking slots."""
    pbx = request.pbx
    items: list[Block] = []
    for slot, each in sorted(pbx.slots.items()):
        blocks = pbx.voice.parked(each, pbx.plan.park_s, pbx.now - each.since)
        items += [(block[0], *request.tag, *block[2:]) for block in blocks if slot]
    listed = request.listing("Parked calls will follow", items, "ParkedCallsComplete", ("Total", str(len(items))))
    if pbx.facts.masquerades:  # there the ActionID comes last
        listed[-1] = (listed[-1][0], listed[-1][-1], *request.tag)
    return listed


def conference(request: Request) -> list[Block]:
    """Who is in a conference."""
    room = request.pbx.rooms.get(request.get("conference"))
    if room is None:
        return request.error("No active conferences.")
    old, newest = request.pbx.facts.masquerades, request.pbx.facts.rings_first
    items: list[Block] = []
    for each in room.bridge.channels:
        muted = ("Muted", "Yes" if each.uniqueid in room.muted else "No")
        who: list[Header] = [("Conference", room.number)]
        if old:
            who += [("CallerIDNum", each.number), ("CallerIDName", each.caller_name), ("Channel", each.name)]
            who += [("Admin", "No"), ("MarkedUser", "No"), muted]
        else:
            who += [(key, "No") for key in ("Admin", "MarkedUser", "WaitMarked", "EndMarked")]
            who += [("EndMarkedAny", "No")] if newest else []
            since_s = request.pbx.now - room.joined[each.uniqueid]
            who += [("Waiting", "No"), muted, ("Talking", "No"), ("AnsweredTime", f"{since_s:.0f}")]
            who += headers.channel(each)
        items.append((("Event", "ConfbridgeList"), *request.tag, *who))
    return _marked(request, "Confbridge user list will follow", items, "ConfbridgeListComplete")


def conferences(request: Request) -> list[Block]:
    """All conferences."""
    rooms = request.pbx.rooms.values()
    if not rooms:
        return request.error("No active conferences.")
    muted = [] if request.pbx.facts.masquerades else [("Muted", "No")]
    items: list[Block] = [
        (
            ("Event", "ConfbridgeListRooms"),
            *request.tag,
            ("Conference", each.number),
            ("Parties", str(len(each.joined))),
            *(("Marked", "0"), ("Locked", "No"), *muted),
        )
        for each in rooms
    ]
    return _marked(request, "Confbridge conferences will follow", items, "ConfbridgeListRoomsComplete")


def _marked(request: Request, message: str, items: list[Block], complete: str) -> list[Block]:
    """A list that has `EventList` in all versions; 11 puts the ActionID of its end behind."""
    start = (("Response", "Success"), *request.tag, ("EventList", "start"), ("Message", message))
    count = [("EventList", "Complete"), ("ListItems", str(len(items)))]
    old = request.pbx.facts.masquerades
    return [start, *items, (("Event", complete), *([] if old else request.tag), *count, *(request.tag if old else []))]


def _hint(request: Request, number: str) -> list[Header]:
    pbx = request.pbx
    return pbx.voice.hint_headers(number, pbx.device(number), HINT_STATUS[pbx.phones[number].shown])


def _channel(request: Request, channel: Channel) -> list[Header]:
    return [
        *headers.channel(channel),
        *(("Application", channel.app), ("ApplicationData", channel.app_data)),
        ("Duration", _duration(request.pbx.now - channel.born)),
        ("BridgeId", channel.bridge.uniqueid if channel.bridge is not None else ""),
    ]


def _channel_11(request: Request, channel: Channel) -> list[Header]:
    other = peer(channel)
    return [
        *(("Channel", channel.name), ("UniqueID", channel.uniqueid)),
        *(("Context", channel.context), ("Extension", "" if channel.exten == "s" else channel.exten)),
        ("Priority", str(channel.priority)),
        *(("ChannelState", str(channel.state)), ("ChannelStateDesc", STATE_NAMES[channel.state])),
        *(("Application", channel.app), ("ApplicationData", channel.app_data)),
        *(("CallerIDnum", channel.number), ("CallerIDname", channel.caller_name)),
        *(("ConnectedLineNum", channel.connected_number), ("ConnectedLineName", channel.connected_name)),
        *(("Duration", _duration(request.pbx.now - channel.born)), ("AccountCode", "")),
        ("BridgedChannel", other.name if other is not None else ""),
        ("BridgedUniqueID", other.uniqueid if other is not None else ""),
    ]


def _status(request: Request, channel: Channel) -> list[Header]:
    trunk = channel.device == request.pbx.trunk
    group = "2" if channel.person in request.pbx.phones else "0"
    named = headers.channel(channel)
    if not request.pbx.facts.rings_first:  # 13 has another spelling and no language here
        renamed = {"AccountCode": "Accountcode"}
        named = [(renamed.get(key, key), value) for key, value in named if key != "Language"]
    return [
        *named,
        ("Type", request.pbx.facts.technology if channel.device else "Local"),
        ("DNID", channel.exten if trunk and channel.runs_dialplan else ""),
        ("EffectiveConnectedLineNum", channel.connected_number or UNKNOWN),
        ("EffectiveConnectedLineName", channel.connected_name or UNKNOWN),
        ("TimeToHangup", "0"),
        ("BridgeID", channel.bridge.uniqueid if channel.bridge is not None else ""),
        *(("Application", channel.app), ("Data", channel.app_data)),
        *(("Nativeformats", "(ulaw)"), ("Readformat", "ulaw"), ("Readtrans", "")),
        *(("Writeformat", "ulaw"), ("Writetrans", ""), ("Callgroup", group), ("Pickupgroup", group)),
        ("Seconds", f"{int(request.pbx.now - channel.born)}"),
    ]


def _status_11(request: Request, channel: Channel) -> list[Header]:
    other = peer(channel)
    state = [("Account", ""), ("State", STATE_NAMES[channel.state])]
    if channel.runs_dialplan:
        state = [
            *(("Accountcode", ""), ("ChannelState", str(channel.state))),
            *(("ChannelStateDesc", STATE_NAMES[channel.state]), ("Context", channel.context)),
            *(("Extension", channel.exten), ("Priority", str(channel.priority))),
            ("Seconds", f"{int(request.pbx.now - channel.born)}"),
        ]
    bridged = [("BridgedChannel", other.name), ("BridgedUniqueid", other.uniqueid)] if other is not None else []
    return [
        ("Channel", channel.name),
        *(("CallerIDNum", channel.number or UNKNOWN), ("CallerIDName", channel.caller_name or UNKNOWN)),
        ("ConnectedLineNum", channel.connected_number or UNKNOWN),
        ("ConnectedLineName", channel.connected_name or UNKNOWN),
        *state,
        *bridged,
        ("Uniqueid", channel.uniqueid),
    ]


def _duration(seconds: float) -> str:
    whole = max(0, int(seconds))
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"
