"""Asking the directory over NATS what users sign in at a PBX with."""

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec
from cti_bus import Bus, NoAnswer
from cti_model import subjects

from cti_directory.credentials import MOST_USERS, ConnectorKey, Credential, CredentialsReply, NotSealed, Question


class CredentialQuestions:
    """Asks for what users sign in at one PBX with. `clock`: see `credentials.CLOCKS_APART_S`."""

    def __init__(
        self,
        bus: Bus,
        key: ConnectorKey,
        tenant: str,
        pbx: str,
        clock: Callable[[], datetime],
        *,
        timeout_s: float = 5.0,
    ) -> None:
        self._bus = bus
        self._key = key
        self._tenant = tenant
        self._pbx = pbx
        self._clock = clock
        self._timeout_s = timeout_s

    async def ask(self, users: Sequence[str]) -> dict[str, Credential]:
        """By user, without those who have none. Raises `NoAnswer` when the directory did not say, or would not."""
        found: dict[str, Credential] = {}
        for start in range(0, len(users), MOST_USERS):
            some = await self._ask(users[start : start + MOST_USERS])
            found |= {each.user: each for each in some}
        return found

    async def _ask(self, users: Sequence[str]) -> tuple[Credential, ...]:
        question = Question(self._key, self._tenant, self._pbx, users, self._clock())
        subject = subjects.credentials(self._tenant)
        answer = await self._bus.request(subject, msgspec.json.encode(question.request), timeout_s=self._timeout_s)
        try:
            reply = msgspec.json.decode(answer.body, type=CredentialsReply)
            if reply.error:
                raise NoAnswer(f"the directory: {reply.error}")
            return question.open(reply)
        except (msgspec.MsgspecError, NotSealed) as error:
            raise NoAnswer(f"the directory answered what we cannot read: {error}") from error
