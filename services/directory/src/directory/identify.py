"""Who is behind a number: what to look for, and who of those found is the likeliest. Pure.

Two ways at once. By digits, as CRM systems do it: numbers are compared from their end, so that `8 916…`, `+7 916…` and
`916…` are one; short numbers are extensions, which only employees have, and must be equal. And by E.164, which knows
the countries' rules and so tells apart what merely ends alike.
"""

from collections.abc import Iterable

from cti_model.directory import Candidate, Match, SubscriberKind
from msgspec import Struct
from msgspec.structs import replace

from directory.names import fold
from directory.numbers import Number, parse

MOST_CANDIDATES = 20
_MATCHES = {Match.E164: 0, Match.DIGITS: 1, Match.SUFFIX: 2}
_KINDS = {SubscriberKind.EMPLOYEE: 0, SubscriberKind.CONTACT: 1, SubscriberKind.ACCOUNT: 2}


class Rules(Struct, frozen=True, kw_only=True):
    """How a tenant's numbers are read.

    `region`: where numbers without a country code are dialled. `search_number_length`: how many last digits must agree.
    `internal_number_length`: numbers of so many digits or fewer are extensions; 0: there are none, and numbers must
    agree in all their digits.
    """

    region: str = "RU"
    search_number_length: int = 7
    internal_number_length: int = 4


class Wanted(Struct, frozen=True):
    """What to look for. `prefix`: how reversed digits must begin; "" when only `number.digits` of employees count."""

    number: Number
    prefix: str
    internal: bool


class Found(Struct, frozen=True, kw_only=True):
    """A subscriber with one of their numbers, as it is stored."""

    id: str
    kind: SubscriberKind
    name: str
    raw: str
    reversed_digits: str
    e164: str
    detail: str = ""
    account_id: str | None = None
    user: str | None = None
    photo_url: str = ""


def wanted(number: str, rules: Rules) -> Wanted | None:
    """What to look for to know a number; None when it has no digits, as a withheld one."""
    parsed = parse(number, rules.region)
    if not parsed.digits:
        return None
    if len(parsed.digits) <= rules.internal_number_length:
        return Wanted(parsed, "", True)
    shortened = 0 < rules.internal_number_length < rules.search_number_length
    return Wanted(parsed, parsed.reversed_digits[: rules.search_number_length if shortened else None], False)


def rank(what: Wanted, found: Iterable[Found]) -> list[Candidate]:
    """Candidates, the likeliest first, each subscriber once with the best of their numbers; at most twenty.

    Equal in E.164 comes before equal in digits, that before an equal end (more equal digits first); then employees,
    contacts, accounts, by name.
    """
    best: dict[str, Candidate] = {}
    for each in found:
        candidate = _candidate(what, each)
        if candidate is not None and (each.id not in best or _order(candidate) < _order(best[each.id])):
            best[each.id] = candidate
    return sorted(best.values(), key=_order)[:MOST_CANDIDATES]


def is_certain(candidates: list[Candidate]) -> bool:
    """Whether the likeliest has this very number, not only one that ends alike."""
    return bool(candidates) and candidates[0].match is not Match.SUFFIX


def together(own: list[Candidate], others: Iterable[Candidate]) -> list[Candidate]:
    """Our candidates and another system's, the likeliest first; of equals ours come first."""
    return sorted([*own, *others], key=lambda each: _MATCHES[each.match])[:MOST_CANDIDATES]


def _candidate(what: Wanted, each: Found) -> Candidate | None:
    ours, theirs = what.number.reversed_digits, each.reversed_digits
    if what.internal and (each.kind is not SubscriberKind.EMPLOYEE or ours != theirs):
        return None
    candidate = Candidate(
        id=each.id,
        kind=each.kind,
        name=each.name,
        number=each.raw,
        match=Match.SUFFIX,
        matched_digits=_common(ours, theirs),
        detail=each.detail,
        account_id=each.account_id,
        user=each.user,
        photo_url=each.photo_url,
    )
    if what.number.e164 and what.number.e164 == each.e164:
        return replace(candidate, match=Match.E164)
    if ours == theirs:
        return replace(candidate, match=Match.DIGITS)
    return candidate if theirs.startswith(what.prefix) else None


def _common(one: str, other: str) -> int:
    pairs = zip(one, other, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _order(each: Candidate) -> tuple[int, int, int, str, str]:
    return _MATCHES[each.match], -each.matched_digits, _KINDS[each.kind], fold(each.name), each.id
