"""Actions about the server itself."""

from datetime import UTC, datetime

from cti_simulators.asterisk.exchange.actions.request import Request
from cti_simulators.asterisk.exchange.blocks import Block, Header


def status(request: Request) -> list[Block]:
    """Since when it runs, and how many channels there are."""
    pbx = request.pbx
    started, loaded = (datetime.fromtimestamp(at, UTC) for at in (pbx.booted, pbx.reloaded))
    more: list[Header] = [
        *(("CoreStartupDate", f"{started:%Y-%m-%d}"), ("CoreStartupTime", f"{started:%H:%M:%S}")),
        *(("CoreReloadDate", f"{loaded:%Y-%m-%d}"), ("CoreReloadTime", f"{loaded:%H:%M:%S}")),
        ("CoreCurrentCalls", str(len(pbx.channels))),
        *([("CoreProcessedCalls", str(pbx.processed))] if pbx.facts.processed_calls else []),
    ]
    return request.success("", *more)


def settings(request: Request) -> list[Block]:
    """Its version."""
    facts = request.pbx.facts
    more: list[Header] = [
        *(("AMIversion", facts.ami), ("AsteriskVersion", facts.asterisk), ("SystemName", "")),
        *(("CoreMaxCalls", "0"), ("CoreMaxLoadAvg", "0.000000"), ("CoreRunUser", ""), ("CoreRunGroup", "")),
        *(("CoreMaxFilehandles", "0"), ("CoreRealTimeEnabled", "No"), ("CoreCDRenabled", "Yes")),
        ("CoreHTTPenabled", "Yes"),
        *([("SoundsSearchCustomDir", "No")] if facts.rings_first else []),
    ]
    return request.success("", *more)


def user_event(request: Request) -> list[Block]:
    """An event of the manager's own, to all."""
    skipped = ("action", "actionid", "userevent")
    more = [(key.title() if key.islower() else key, value) for key, value in request.headers if key not in skipped]
    name = request.get("userevent")
    if not name:
        return request.error("No event specified")
    request.pbx.tell(request.pbx.voice.user_event(name, request.get("actionid"), more))
    return request.success("Event Sent")


def reload(request: Request) -> list[Block]:
    """Read the settings anew: calls go on."""
    request.exchange.reload(request.get("module") or "All")
    return request.success("Module Reloaded")


def command(request: Request) -> list[Block]:
    """The command line: a few commands, and Asterisk's words for all others."""
    text = request.get("command")
    if text in ("core restart now", "core restart gracefully"):
        request.restart()
        return _output(request, [])
    if text in ("core reload", "reload"):
        request.exchange.reload("All")
        return _output(request, [])
    if text == "core show channels concise":
        return _output(request, _concise(request))
    if text == "core show version":
        return _output(request, [f"Asterisk {request.pbx.facts.asterisk} built by simulator"])
    if text == "core show uptime seconds":
        up = int(request.pbx.now - request.pbx.booted)
        return _output(request, [f"System uptime: {up}", f"Last reload: {int(request.pbx.now - request.pbx.reloaded)}"])
    first = " ".join(text.split()[:2])
    line = f"No such command '{text}' (type 'core show help {first}' for other possible commands)"
    return _output(request, [line], known=False)


def _output(request: Request, lines: list[str], *, known: bool = True) -> list[Block]:
    if not request.pbx.facts.commands_follow:
        kind = "Success" if known else "Error"
        return [request.response(kind, "Command output follows", *(("Output", line) for line in lines))]
    raw = "\n".join([*lines, "--END COMMAND--"])
    return [(("Response", "Follows"), ("Privilege", "Command"), *request.tag, ("", raw))]


def _concise(request: Request) -> list[str]:
    pbx = request.pbx
    names = {0: "Down", 4: "Ring", 5: "Ringing", 6: "Up"}
    lines = []
    for each in pbx.channels.values():
        bridge = each.bridge.uniqueid if each.bridge is not None else ""
        fields = [each.name, each.context, each.exten, str(each.priority), names[each.state], each.app, each.app_data]
        fields += [each.number, "", "", "3", f"{int(pbx.now - each.born)}", bridge, each.uniqueid]
        lines.append("!".join(fields))
    return lines
