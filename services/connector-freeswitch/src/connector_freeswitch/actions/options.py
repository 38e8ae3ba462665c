"""How this installation wants things done: from the settings, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Options:
    """See the settings of the same names for what each means."""

    domain: str = ""
    originate_context: str = "default"
    originate_timeout_s: float = 30.0
    variables: Mapping[str, str] = field(default_factory=dict)
    auto_answer_variable: str = ""
    answer_by: Literal["none", "notify"] = "none"
    conference_profile: str = ""
    park_number: str = ""
    recording_file: str = "/var/lib/freeswitch/recordings/{recording_id}.wav"

    def user(self, device: str) -> str:
        """A telephone's user, such as `102@demo.local`."""
        return f"{device}@{self.domain}" if self.domain else device

    def queue(self, queue: str) -> str:
        """What mod_callcenter calls a queue."""
        return f"{queue}@{self.domain}" if self.domain else queue
