"""What can go wrong on the wire; the tree stands in `connector_freeswitch.wire`."""


class WireError(Exception):
    """Base of all."""


class UnsafeValue(WireError):
    """A value that could begin another command."""


class AuthRefused(WireError):
    """FreeSWITCH does not let us in. `password`: for that reason, not for our address or what we want to hear."""

    def __init__(self, text: str, *, password: bool = False) -> None:
        super().__init__(text)
        self.password = password
