"""What can be wrong with a simulated Webitel; to be changed while it runs."""

from dataclasses import dataclass, field
from typing import Any

from cti_simulators.faults import SocketFaults

Fields = dict[str, Any]


class Refused(Exception):
    """A request is refused; `fields` is the answer's `error`."""

    def __init__(self, id: str, code: int = 400, detail: str = "") -> None:
        super().__init__(id)
        self.fields = {"id": id, "status": _STATUS[code], "detail": detail, "code": code}


_STATUS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    412: "Precondition Failed",
    500: "Internal Server Error",
}


def invalid(action: str, name: str) -> Refused:
    """A parameter is missing or of the wrong kind."""
    return Refused("api.websocket_handler.invalid_param.app_error", 400, f"{action}: {name}")


@dataclass
class Faults(SocketFaults):
    """None by default.

    `deaf`: connections are refused. `silent`: nothing is answered or told, the socket stays. `licence`: none is left.
    `errors`: what an action answers instead (the answer's `error`). `mute`: actions that are never answered. `delay_s`:
    of every answer; `delays_s` of an action's. `events_first`: what an action does is told before it is answered.
    `lose`: so many events are not sent. `repeat`: each event comes twice. `swap`: events that are told together come in
    the reverse order. `nul`: a proxy's text of four NULs before every frame. `garble`: a broken frame before every one.
    `list_lag_s`: lists and REST know of an event so much later.
    """

    silent: bool = False
    licence: bool = False
    errors: dict[str, Fields] = field(default_factory=dict)
    mute: set[str] = field(default_factory=set)
    repeat: bool = False
    swap: bool = False
    nul: bool = False
    garble: bool = False
    list_lag_s: float = 0.0
