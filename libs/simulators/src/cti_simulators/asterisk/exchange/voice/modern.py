"""The whole voice of Asterisk 12 and later."""

from cti_simulators.asterisk.exchange.voice.calls import CallVoice
from cti_simulators.asterisk.exchange.voice.queues import QueueVoice


class Voice(CallVoice, QueueVoice):
    """What an exchange can say; each method returns the blocks that say it, perhaps none."""
