"""The users of a connection between servers: learned from Oktell's list, and each other one from their first event."""

from collections.abc import Callable, Iterator

from connector_oktell.linetalk import LineTalk
from connector_oktell.wire import Frame, Member, member


class Roster:
    """`talk_of` begins to listen to a user's line. A user without a telephone is known, and has no line."""

    def __init__(self, talk_of: Callable[[Member], LineTalk]) -> None:
        self._talk_of = talk_of
        self._talks: dict[str, LineTalk] = {}
        self._members: dict[str, Member] = {}
        self._by_user: dict[str, LineTalk | None] = {}
        self._asked: list[Member] = []

    def __iter__(self) -> Iterator[LineTalk]:
        return iter(self._talks.values())

    def __len__(self) -> int:
        return len(self._talks)

    @property
    def members(self) -> list[Member]:
        """Those who have a line."""
        return list(self._members.values())

    def at(self, device: str) -> LineTalk | None:
        """The line with that number."""
        return self._talks.get(device)

    def add(self, user: Member) -> LineTalk | None:
        """A user is known now; the line, where it is new."""
        known = self._talks.get(user.number)
        talk = known or (self._talk_of(user) if user.number else None)
        if talk is not None:
            self._talks[user.number] = talk
            self._members.setdefault(user.number, user)
        for each in (user.user_id, user.login):
            if each:
                self._by_user[each] = talk
        return talk if known is None else None

    def of(self, frame: Frame) -> LineTalk | None:
        """Whose line a message is about, where that is known."""
        user = member(frame.fields)
        return self._by_user.get(user.user_id) or self._by_user.get(user.login)

    def stranger(self, frame: Frame) -> tuple[int, Member] | None:
        """The user of a message whom nobody has asked about yet, and the number to ask under: once for each."""
        user = member(frame.fields)
        named = [each for each in (user.user_id, user.login) if each]
        if not named or any(each in self._by_user for each in named):
            return None
        self._by_user.update(dict.fromkeys(named))
        self._asked.append(user)
        return len(self._asked) - 1, user

    def asked(self, number: int) -> Member:
        """The user who was asked about under that number."""
        return self._asked[number]
