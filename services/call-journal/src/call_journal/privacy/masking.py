"""Replacing what names somebody in the data of a call. Pure.

In calls with an erased caller every name, every digit that was pressed and all data that the site attached go too: they
say who it was. Of an erased user only their own name goes: the others in the call were not erased.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

import msgspec

from call_journal.privacy.matching import Matcher

_NAMES = ("name", "remote_name")
_USERS = ("user_id", "shared_with")
"""Whose connection a row of `call_record` is."""
T = TypeVar("T")


class Mask:
    """What is replaced in one call that began at `at`. `whole`: also what names nobody by itself (see the module)."""

    def __init__(self, matcher: Matcher, at: datetime, *, whole: bool = False) -> None:
        self._matcher = matcher
        self._at = at
        self.whole = whole
        self.touched = whole
        self._seen: list[Any] = []
        self._own: set[str] = set()

    def look(self, value: Any) -> None:
        """See whether data of the call, as built-in types, names somebody. All of it, before anything is replaced."""
        self._seen.append(value)
        for text in _texts(value):
            for match in self._matcher.matches(text):
                if match.erased.covers(self._at):
                    self.touched = True
                    self.whole |= match.erased.whole
        if isinstance(value, dict) and any(self._names(value.get(each)) for each in _USERS):
            self._own.add(value.get("connection_id", ""))

    @cached_property
    def names(self) -> frozenset[str]:
        """What those who are replaced are called in this call."""
        return frozenset(each for each in self._named(self._seen) if each and not self._names(each))

    def text(self, text: str) -> str:
        """A text of the call."""
        return "" if text in self.names else self._matcher.masked(text, self._at)

    def name(self, text: str) -> str:
        """A name of somebody in the call."""
        return "" if self.whole else self.text(text)

    def free(self, text: str) -> str:
        """What people wrote about the call."""
        return "" if self.whole else self.text(text)

    def word(self, text: str) -> str:
        """A word that people chose about the call: kept, for statistics, unless it names somebody."""
        lower = text.casefold()
        named = any(len(each) > 2 and each.casefold() in lower for each in self.names)
        return "" if named else self.text(text)

    def value(self, value: Any) -> Any:
        """Data of the call, as built-in types."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list | tuple):
            return [self.value(each) for each in value]
        if isinstance(value, dict):
            return {name: self._field(name, each) for name, each in value.items()}
        return value

    def struct(self, value: T) -> T:
        """Data of the call, as it is."""
        plain = msgspec.to_builtins(value, builtin_types=(datetime,))
        return msgspec.convert(self.value(plain), type(value), builtin_types=(datetime,))

    def _field(self, name: str, value: Any) -> Any:
        if name in _NAMES and isinstance(value, str):
            return self.name(value)
        if name == "info" and isinstance(value, dict) and self.whole:
            return {}
        if name == "digits" and isinstance(value, str) and self.whole:
            return ""
        return self.value(value)

    def _named(self, value: Any) -> Iterator[str]:
        """The names that stand beside a number, or a device, that is replaced."""
        if isinstance(value, list | tuple):
            for each in value:
                yield from self._named(each)
        if not isinstance(value, dict):
            return
        device, party = value.get("device"), value.get("party")
        own = isinstance(device, dict) and self._names(device.get("number"))
        if isinstance(party, dict) and (own or value.get("connection_id") in self._own):
            yield party.get("name", "")
        if self._names(value.get("number")):
            yield value.get("name", "")
        if self._names(value.get("remote_number")):
            yield value.get("remote_name", "")
        for each in value.values():
            yield from self._named(each)

    def _names(self, value: Any) -> bool:
        if isinstance(value, list | tuple):
            return any(self._names(each) for each in value)
        return isinstance(value, str) and self._matcher.masked(value, self._at) != value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)
