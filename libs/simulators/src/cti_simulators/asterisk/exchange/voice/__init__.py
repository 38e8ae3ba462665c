"""How each version of Asterisk puts into AMI events what happens in the exchange. Pure."""

from cti_simulators.asterisk.exchange.voice.facts import ASTERISK_11, ASTERISK_13, ASTERISK_22, Facts
from cti_simulators.asterisk.exchange.voice.modern import Voice
from cti_simulators.asterisk.exchange.voice.old import OldVoice

DIALECTS = ("11", "13", "22")


def voice(dialect: str) -> Voice:
    """The voice of a version; raises `ValueError` for one that is not among `DIALECTS`."""
    if dialect == "22":
        return Voice(ASTERISK_22)
    if dialect == "13":
        return Voice(ASTERISK_13)
    if dialect == "11":
        return OldVoice(ASTERISK_11)
    raise ValueError(f"no such dialect: {dialect!r} (there are {', '.join(DIALECTS)})")


__all__ = ["DIALECTS", "Facts", "Voice", "voice"]
