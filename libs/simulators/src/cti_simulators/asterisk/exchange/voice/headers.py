"""Groups of headers that many events of Asterisk 12 and later share."""

from cti_simulators.asterisk.exchange.blocks import UNKNOWN, Header
from cti_simulators.asterisk.exchange.state import STATE_NAMES, Bridge, Channel


def channel(of: Channel, prefix: str = "") -> list[Header]:
    """A channel as it is now."""
    return [
        (f"{prefix}Channel", of.name),
        (f"{prefix}ChannelState", str(of.state)),
        (f"{prefix}ChannelStateDesc", STATE_NAMES[of.state]),
        (f"{prefix}CallerIDNum", of.number or UNKNOWN),
        (f"{prefix}CallerIDName", of.caller_name or UNKNOWN),
        (f"{prefix}ConnectedLineNum", of.connected_number or UNKNOWN),
        (f"{prefix}ConnectedLineName", of.connected_name or UNKNOWN),
        (f"{prefix}Language", "en"),
        (f"{prefix}AccountCode", ""),
        (f"{prefix}Context", of.context),
        (f"{prefix}Exten", of.exten),
        (f"{prefix}Priority", str(of.priority)),
        (f"{prefix}Uniqueid", of.uniqueid),
        (f"{prefix}Linkedid", of.linkedid),
    ]


def bridge(of: Bridge, prefix: str = "", count: int | None = None) -> list[Header]:
    """A bridge as it is now. `count`: with so many channels."""
    number = len(of.channels) + of.extra if count is None else count
    return [
        (f"{prefix}BridgeUniqueid", of.uniqueid),
        (f"{prefix}BridgeType", of.kind),
        (f"{prefix}BridgeTechnology", of.technology),
        (f"{prefix}BridgeCreator", of.creator or UNKNOWN),
        (f"{prefix}BridgeName", of.name or UNKNOWN),
        (f"{prefix}BridgeNumChannels", str(number)),
        (f"{prefix}BridgeVideoSourceMode", "none"),
    ]


def presentation() -> list[Header]:
    """That a number may be shown."""
    return [("CID-CallingPres", "0 (Presentation Allowed, Not Screened)")]
