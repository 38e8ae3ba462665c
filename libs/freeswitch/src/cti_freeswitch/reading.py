"""How to read one installation: what its owner chooses about the events that its FreeSWITCH becomes."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Reading:
    """A site's choices: variables that are carried into `call.info` by name, and whether recordings are told.

    `park_number`: what a call is transferred to in order to park it; empty: none is known. `file_wait`: the file of a
    recording is not told, but asked for by the channel's id when that is over, for so long at most; None: it is told.
    """

    variables: tuple[str, ...] = ()
    recordings: bool = True
    park_number: str = ""
    file_wait: timedelta | None = None

    @property
    def asks_for_files(self) -> bool:
        """Whether the files of recordings are asked for."""
        return self.recordings and self.file_wait is not None
