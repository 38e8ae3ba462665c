"""Whether a text names somebody who was erased, without knowing whom. Pure.

What was erased is kept as a digest with a secret key: a list of telephone numbers would be what had to be erased, and
so would be a plain hash of them, since all numbers there are can be tried.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

import msgspec

SAME_DIGITS = 9
"""Two numbers are one when their last nine digits are, as everywhere in the journal."""
_PREFIX_DIGITS = 4  # country code, or trunk prefix and country code: they belong to the number
_MEMORY = 50_000  # texts whose answer is remembered; calls repeat theirs in each event
_RUN = re.compile(r"\+?\d(?:[ ().\-/\u00a0\u2010-\u2015\u202f]{0,3}\d)+")
_NUMBER = re.compile(r"\+?[\d ().\-/\u00a0\u2010-\u2015\u202f]+")
_ROUGH = re.compile(r"\+?\d[\d ().\-/\u00a0\u2010-\u2015\u202f]{7,}\d")  # whatever holds such a run
_STRING = re.compile(r'"(?!\d{4}-\d\d-\d\dT)([^"\\]{1,100})"')
_TOKEN = re.compile(r"[^\W_]+")


class Kind(StrEnum):
    """How something is recognised: a `number` in any notation and amid other text; `exact` as a whole text, or as a
    part of a technical name such as `PJSIP/101-0000001a`."""

    NUMBER = "number"
    EXACT = "exact"


class Subject(msgspec.Struct, frozen=True):
    """What names somebody: the last digits of a number, or a text."""

    kind: Kind
    value: str


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """What named somebody in the calls that began from `since` (None: ever) to `until`. `whole`: what else those calls
    say of people goes, too (see `masking`).
    """

    digest: str
    kind: Kind
    whole: bool
    pseudonym: str
    since: datetime | None
    until: datetime

    def covers(self, at: datetime) -> bool:
        """Whether a call that began then is one of those."""
        return (self.since is None or self.since <= at) and at <= self.until


class Match(msgspec.Struct, frozen=True):
    """A part of a text that names somebody."""

    start: int
    end: int
    erased: Erased


def subject_of_number(number: str) -> Subject:
    """A number as a subject; one of few digits, such as an extension, only as a whole. Raises `ValueError`."""
    found = digits(number)
    if not found:
        raise ValueError("a number has digits")
    return Subject(Kind.NUMBER, found[-SAME_DIGITS:]) if len(found) >= SAME_DIGITS else Subject(Kind.EXACT, found)


def digits(text: str) -> str:
    """The digits of a text."""
    return "".join(each for each in text if each.isdecimal() and each.isascii())


def digest(key: bytes, tenant: str, kind: Kind, value: str) -> str:
    """A subject as it is kept."""
    return hmac.digest(key, f"{tenant}\0{kind.value}\0{value}".encode(), "sha256").hex()


def key_id(key: bytes) -> str:
    """A name of the key that tells nothing of it."""
    return hashlib.sha256(b"trunkline erasure " + key).hexdigest()[:16]


class Matcher:
    """Recognises those of one tenant who were erased."""

    def __init__(self, key: bytes, tenant: str, erased: Iterable[Erased]) -> None:
        self._key = key
        self._tenant = tenant
        self._erased = {each.digest: each for each in erased}
        self._kinds = {each.kind for each in self._erased.values()}
        self._known: dict[str, tuple[Match, ...]] = {}

    @property
    def erased(self) -> list[Erased]:
        """Who was erased."""
        return list(self._erased.values())

    @property
    def until(self) -> datetime:
        """Until when any of them is."""
        return max(each.until for each in self._erased.values())

    def covers(self, at: datetime) -> bool:
        """Whether any of them was erased from calls that began then."""
        return any(each.covers(at) for each in self._erased.values())

    def matches(self, text: str) -> tuple[Match, ...]:
        """Where a text names them, in order, without overlap."""
        found = self._known.get(text)
        if found is None:
            if len(self._known) >= _MEMORY:
                self._known.clear()
            found = self._known[text] = tuple(self._found(text))
        return found

    def found_in(self, json: str, at: datetime) -> bool:
        """Whether JSON of a call that began `at` names any of them: quicker than to take it apart."""
        texts = _ROUGH.findall(json) if Kind.NUMBER in self._kinds else []
        if Kind.EXACT in self._kinds:
            texts += _STRING.findall(json)
        return any(match.erased.covers(at) for text in texts for match in self.matches(text))

    def masked(self, text: str, at: datetime | None = None) -> str:
        """The text with pseudonyms in place of them, as far as a call that began `at` is covered (None: always)."""
        for match in reversed(self.matches(text)):
            if at is None or match.erased.covers(at):
                text = text[: match.start] + match.erased.pseudonym + text[match.end :]
        return text

    def _found(self, text: str) -> Iterable[Match]:
        whole = self._lookup(Kind.EXACT, text) or (
            self._lookup(Kind.EXACT, digits(text)) if _NUMBER.fullmatch(text) else None
        )
        if whole is not None:
            yield Match(0, len(text), whole)
            return
        if Kind.NUMBER in self._kinds:
            for run in _RUN.finditer(text):
                yield from self._numbers(run)
        if Kind.EXACT in self._kinds and ("/" in text or "@" in text):
            for token in _TOKEN.finditer(text):
                erased = self._lookup(Kind.EXACT, token[0])
                if erased is not None:
                    yield Match(token.start(), token.end(), erased)

    def _numbers(self, run: re.Match[str]) -> Iterable[Match]:
        text, after = run.string, 0
        places = [at for at, each in enumerate(run[0], run.start()) if each.isdecimal() and each.isascii()]
        for at in range(len(places) - SAME_DIGITS + 1):
            window = places[at : at + SAME_DIGITS]
            erased = self._lookup(Kind.NUMBER, "".join(text[each] for each in window)) if at >= after else None
            if erased is not None:
                yield Match(_beginning(run, places, at, after), window[-1] + 1, erased)
                after = at + SAME_DIGITS

    def _lookup(self, kind: Kind, value: str) -> Erased | None:
        if kind not in self._kinds or not value:
            return None
        return self._erased.get(digest(self._key, self._tenant, kind, value))


def _beginning(run: re.Match[str], places: list[int], at: int, after: int) -> int:
    """Where a number begins whose last digits begin at the `at`-th of a run. Digits before `after` are another's."""
    if at - after <= _PREFIX_DIGITS:
        return places[after] if after else run.start()
    first = at
    while at - first < _PREFIX_DIGITS and places[first - 1] + 1 == places[first]:
        first -= 1
    return places[first]
