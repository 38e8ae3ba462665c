"""What a service tells its operator without a traceback.

ServiceError
├── SettingsError   the configuration is wrong; the text names each bad field and where to set it
└── PortBusy        somebody listens on our address already
"""


class ServiceError(Exception):
    """Base: an error whose text is meant for the operator and is enough to act on."""


class SettingsError(ServiceError):
    """The configuration is wrong. `problems` has one line per bad field."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class PortBusy(ServiceError):
    """The address to listen on is taken or not ours."""


class StartFailed(ServiceError):
    """A part of the service did not start; the log says why."""
