"""What can be wrong with a simulated Oktell; to be changed while it runs."""

from dataclasses import dataclass, field

from cti_simulators.faults import SocketFaults

IN_USE = {"result": 0, "error": 50093, "errormsg": "User already registered"}
LICENCE = {"result": 0, "error": 50025, "errormsg": "Max online users limit is reached"}
STARTING = {"result": 0, "error": 50001, "errormsg": "Service not available"}
WRONG = {"result": 0, "error": 50023, "errormsg": "Wrong login/pass combination"}
NO_SESSION = {"result": 0, "error": 50024, "errormsg": "Bad request. Session does not exist"}
OTHER_SESSION = {"result": 0, "error": 50024, "errormsg": "Bad request. Invalid session user"}
UNKNOWN = {"result": 0, "error": 50002, "errormsg": "Bad request. Unknown method"}
NO_RIGHTS = {"result": 0, "error": 52710, "errormsg": "Access denied"}
"""50093, 50025, 52710 and the texts of log-in are the client's; the other numbers are invented."""


@dataclass
class Faults(SocketFaults):
    """None by default.

    `starting`: log-in is refused as by a server that starts. `desktop`: logins whose desktop client is in use.
    `errors`: what a method answers instead. `silent`: methods that are never answered. `delay_s`: of every answer;
    `delays_s` of a method's. `events_first`: what a method does is told before it is answered. `lose`: so many events
    are not sent. `multipart_over`: longer answers (bytes) come in parts; 0: none. `redirect`: methods that are
    answered by `websocketredirect` when they come first on a connection. `muted`: logins that are told no events.
    `deaf`: connections are refused.
    """

    starting: bool = False
    desktop: set[str] = field(default_factory=set)
    errors: dict[str, dict[str, object]] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    multipart_over: int = 0
    redirect: set[str] = field(default_factory=set)
    muted: set[str] = field(default_factory=set)
