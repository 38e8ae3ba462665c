"""What can go wrong on the wire, beside a `cti_connector.frames.BadFrame`."""


class AuthRefused(Exception):
    """The engine does not let us in; the text is its own."""
