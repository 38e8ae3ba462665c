"""How this installation wants things done: from the settings, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Options:
    """See the settings of the same names for what each means."""

    protocol: Literal["PJSIP", "SIP"] = "PJSIP"
    protocols: Mapping[str, str] = field(default_factory=dict)
    originate_context: str = "from-internal"
    originate_contexts: Mapping[str, str] = field(default_factory=dict)
    transfer_context: str = ""
    originate_timeout_s: float = 30.0
    caller_name: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    auto_answer_header: str = ""
    answer_by: Literal["none", "notify"] = "none"
    hold_by: Literal["none", "notify"] = "none"
    consult_by: Literal["second_call", "atxfer"] = "second_call"
    conference_extension: str = ""
    parking_lot: str = ""
    pickup_extension: str = ""
    spy_options: str = "qES"
    queue_interface: str = ""
    recording_file: str = "trunkline/{recording_id}.wav"

    def channel(self, device: str) -> str:
        """The dial string of a telephone."""
        return f"{self.protocols.get(device, self.protocol)}/{device}"

    def interface(self, device: str) -> str:
        """What a telephone is called in queues."""
        return self.queue_interface.replace("{device}", device) or self.channel(device)

    def context(self, device: str) -> str:
        """Where the numbers that a telephone dials are looked up."""
        return self.originate_contexts.get(device, self.originate_context)

    def transfers(self, device: str) -> str:
        """Where the numbers that a telephone transfers to are looked up."""
        return self.transfer_context or self.context(device)
