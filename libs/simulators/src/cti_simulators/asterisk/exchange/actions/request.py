"""An action that a manager sent, and how it is answered."""

from collections.abc import Callable
from dataclasses import dataclass

from cti_simulators.asterisk.exchange.blocks import Block, Header
from cti_simulators.asterisk.exchange.exchange import AsteriskExchange
from cti_simulators.asterisk.exchange.pbx import Pbx
from cti_simulators.asterisk.exchange.state import Channel


@dataclass(frozen=True)
class Request:
    """`headers`: in order, names in lower case. `later` sends an answer that takes time; until then the session is
    blocked. `restart` begins the server anew."""

    headers: tuple[Header, ...]
    exchange: AsteriskExchange
    later: Callable[[list[Block]], None]
    restart: Callable[[], None]

    @property
    def pbx(self) -> Pbx:
        """The heart of the exchange."""
        return self.exchange.pbx

    @property
    def tag(self) -> list[Header]:
        """The `ActionID` of what belongs to this action."""
        return [(key, value) for key, value in (("ActionID", self.get("actionid")),) if value]

    def get(self, name: str, default: str = "") -> str:
        """A header's first value."""
        return next((value for key, value in self.headers if key == name), default)

    def every(self, name: str) -> list[str]:
        """All values of a header that repeats."""
        return [value for key, value in self.headers if key == name]

    def pairs(self, name: str = "variable") -> list[tuple[str, str]]:
        """`Variable: a=1`, repeated or separated by commas."""
        each = [part for value in self.every(name) for part in value.split(",")]
        return [(key, value) for key, _, value in (part.partition("=") for part in each) if key]

    def channel(self, name: str = "channel") -> Channel | None:
        """The living channel that a header names, by name or Uniqueid."""
        wanted = self.get(name)
        return self.pbx.names.get(wanted) or self.pbx.channels.get(wanted)

    def success(self, message: str = "", *more: Header) -> list[Block]:
        """It is done."""
        return [self.response("Success", message, *more)]

    def error(self, message: str) -> list[Block]:
        """It cannot be done."""
        return [self.response("Error", message)]

    def response(self, kind: str, message: str, *more: Header) -> Block:
        """The answer."""
        text = [("Message", message)] if message else []
        return (("Response", kind), *self.tag, *text, *more)

    def listing(self, message: str, items: list[Block], complete: str, *more: Header) -> list[Block]:
        """A list: start, items, end. In 11 most lists have no `EventList`."""
        marked = self.pbx.facts.lists_marked
        start = (
            ("Response", "Success"),
            *self.tag,
            *([("EventList", "start")] if marked else []),
            ("Message", message),
        )
        count = [("EventList", "Complete"), ("ListItems", str(len(items)))] if marked else []
        return [start, *items, (("Event", complete), *self.tag, *count, *more)]
