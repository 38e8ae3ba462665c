"""What can go wrong on the wire; the tree stands in `connector_webitel.old.wire`."""


class WireError(Exception):
    """Base of all."""


class BadFrame(WireError):
    """The stream cannot be read on."""


class AuthRefused(WireError):
    """The engine does not let us in; the text is its own."""
