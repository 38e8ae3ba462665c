"""What can go wrong on the wire; the tree stands in `connector_freeswitch.wire`."""


class WireError(Exception):
    """Base of all."""


class BadFrame(WireError):
    """The stream cannot be read on."""


class UnsafeValue(WireError):
    """A value that could begin another command."""


class AuthRefused(WireError):
    """The password was not accepted, or the address is not allowed."""
