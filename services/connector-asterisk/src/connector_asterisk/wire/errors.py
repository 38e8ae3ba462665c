"""What can go wrong on the wire.

WireError
├── UnsafeValue     an action's header could break out of its line
└── LoginRefused    the server does not let us in
"""


class WireError(Exception):
    """Base of this package's errors."""


class UnsafeValue(WireError, ValueError):
    """An action's header would smuggle another header or action in. The text names the header, never its value."""


class LoginRefused(WireError):
    """The server refused the log-in; the text is the server's."""
