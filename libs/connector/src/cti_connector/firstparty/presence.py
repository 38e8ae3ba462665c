"""Who is signed in in a browser, by what the gateways tell; a while longer when they are no more. No I/O."""

from datetime import datetime

from cti_bus import Seen


class Presence:
    """Users with a key in the bucket `cti_presence`, and those who had one within `grace_s`."""

    def __init__(self, grace_s: float) -> None:
        self._grace_s = grace_s
        self._here: dict[str, set[str]] = {}
        self._gone_at: dict[str, datetime] = {}
        self.known = False

    def take(self, seen: Seen, at: datetime) -> None:
        """What a watch of the bucket saw at an instant."""
        self.known = True
        if seen.whole:
            for key in [key for keys in self._here.values() for key in keys if key not in seen.values]:
                self._remove(key, at)
        for key, value in seen.values.items():
            if value is None:
                self._remove(key, at)
            else:
                self._here.setdefault(_user_in(key), set()).add(key)
                self._gone_at.pop(_user_in(key), None)

    def here(self, user: str, at: datetime) -> bool:
        """Whether the user is signed in, or was a short while ago."""
        gone_at = self._gone_at.get(user)
        return user in self._here or (gone_at is not None and (at - gone_at).total_seconds() < self._grace_s)

    def _remove(self, key: str, at: datetime) -> None:
        user = _user_in(key)
        keys = self._here.get(user)
        if keys is None:
            return
        keys.discard(key)
        if not keys:
            del self._here[user]
            self._gone_at[user] = at


def _user_in(key: str) -> str:
    """Keys are `subjects.presence`: tenant, user, instance."""
    return key.split(".", 2)[1]
