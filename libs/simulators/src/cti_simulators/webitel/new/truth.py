"""What a user's telephone went through, from FreeSWITCH's own events, to be compared with call records. Pure."""

from collections.abc import Iterable

from msgspec import Struct

from cti_simulators.freeswitch.exchange import Headers


class Seen(Struct, frozen=True):
    """Seconds of one telephone, over all its legs: until it was answered or ended, talked, and held."""

    ring_s: float = 0.0
    talk_s: float = 0.0
    hold_s: float = 0.0


def seen(heard: Iterable[Headers], user: str, domain: str) -> Seen:
    """All legs of a user. A leg that the engine made for its user rings on until the far end answers, too."""
    seconds = {"ring": 0.0, "talk": 0.0, "hold": 0.0}
    state: dict[str, tuple[str, float]] = {}
    for headers in heard:
        uid, at = headers.get("Unique-ID", ""), int(headers["Event-Date-Timestamp"]) / 1_000_000
        if headers.get("Channel-Presence-ID") != f"{user}@{domain}":
            uid = _reached(headers, state)
        after = _AFTER.get(headers["Event-Name"])
        if headers["Event-Name"] == "CHANNEL_ANSWER" and headers.get("variable_wbt_originate") == "true":
            continue
        if not uid or after is None or not (uid in state or after == "ring"):
            continue
        if uid in state:
            before, since = state[uid]
            seconds[before] += at - since
            if after == "talk" and before == "hold" and headers["Event-Name"] != "CHANNEL_UNHOLD":
                after = "hold"
        if after == "gone":
            state.pop(uid, None)
        else:
            state[uid] = (after, at)
    return Seen(seconds["ring"], seconds["talk"], seconds["hold"])


_AFTER = {
    "CHANNEL_CREATE": "ring",
    "CHANNEL_ANSWER": "talk",
    "CHANNEL_BRIDGE": "talk",
    "CHANNEL_HOLD": "hold",
    "CHANNEL_UNHOLD": "talk",
    "CHANNEL_HANGUP": "gone",
}


def _reached(headers: Headers, state: dict[str, tuple[str, float]]) -> str:
    """The leg of this telephone that somebody else's bridge reaches."""
    other = headers.get("Bridge-B-Unique-ID", "")
    return other if headers["Event-Name"] == "CHANNEL_BRIDGE" and other in state else ""
