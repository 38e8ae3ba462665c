"""Asking the directory who is behind a number."""

import asyncio
from datetime import datetime

import msgspec
from cti_bus import Bus, NoAnswer
from cti_model import subjects
from cti_model.directory import Candidate, IdentifyReply, IdentifyRequest, Match, SubscriberKind

from cti_directory.copy import DirectoryCopy

USERS = "users"
"""`Candidate.source` of a colleague whom the directory knows as a user, not as an employee: the id is the user's."""
_reply = msgspec.json.Decoder(IdentifyReply)


class Questions:
    """Questions to the directory, `at_once` of them on their way at most; the others wait, within their own time."""

    def __init__(self, bus: Bus, *, timeout_s: float = 1.0, at_once: int = 32) -> None:
        self._bus = bus
        self._timeout_s = timeout_s
        self._places = asyncio.Semaphore(at_once)

    async def identify(self, tenant: str, number: str) -> tuple[Candidate, ...]:
        """Who has a number, the likeliest first; nobody when it is nobody's.

        Raises `NoAnswer` when the directory did not say, within `timeout_s`: it is away, slow, or has too much to do.
        """
        question = msgspec.json.encode(IdentifyRequest(number=number))
        try:
            async with asyncio.timeout(self._timeout_s), self._places:
                answer = await self._bus.request(subjects.identify(tenant), question, timeout_s=self._timeout_s)
        except TimeoutError as error:
            raise NoAnswer(f"the directory did not answer in {self._timeout_s} s") from error
        try:
            reply = _reply.decode(answer.body)
        except msgspec.MsgspecError as error:
            raise NoAnswer(f"the directory answered what we do not understand: {error}") from error
        if reply.error:
            raise NoAnswer(f"the directory: {reply.error}")
        return reply.candidates


def colleagues(copy: DirectoryCopy, tenant: str, pbx: str, extension: str, at: datetime) -> tuple[Candidate, ...]:
    """The users who have an extension, as candidates: who is behind an internal call when nobody else is known."""
    users = (copy.user(tenant, each) for each in copy.users_of(tenant, pbx, extension, at) or ())
    return tuple(
        Candidate(
            id=user.id,
            kind=SubscriberKind.EMPLOYEE,
            name=user.name,
            number=extension,
            match=Match.DIGITS,
            matched_digits=sum(each.isdecimal() for each in extension),
            user=user.id,
            source=USERS,
            photo_url=user.photo_url,
        )
        for user in users
        if user is not None
    )
