"""Numbers in any notation: what is taken for one, and in which text."""

from datetime import timedelta

import pytest
from call_journal.privacy.matching import Erased, Kind, Matcher, digest, subject_of_number

from .forgetting import KEY, NOW, SPELLINGS
from .telling import NUMBER


def matcher(*numbers: str, tenant="t"):
    subjects = [subject_of_number(each) for each in numbers]
    return Matcher(KEY, tenant, [
        Erased(digest=digest(KEY, tenant, each.kind, each.value), kind=each.kind, whole=True, pseudonym=f"erased-{n}",
               since=None, until=NOW) for n, each in enumerate(subjects)])  # fmt: skip


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        *((each, "erased-0") for each in (NUMBER, *SPELLINGS)),
        ("PJSIP/trunk-79161234567-0000001a", "PJSIP/trunk-erased-0-0000001a"),
        ("sip:+79161234567@host;tag=1", "sip:erased-0@host;tag=1"),
        ("Иван 8(916)123-45-67, звонить", "Иван erased-0, звонить"),
        ("79161234567/79161234567", "erased-0/erased-0"),
        ("rec-20260327-79161234567.wav", "rec-20260327-erased-0.wav"),
        ("1732612345.79", "1732612345.79"), ("+79161234568", "+79161234568"), ("", ""), ("101", "101"),
        ("6f1a8f0e-5d0c-5b7e-9a44-7472756e6b6c", "6f1a8f0e-5d0c-5b7e-9a44-7472756e6b6c"),
    ],
)  # fmt: skip
def test_a_number_is_known_in_any_notation_and_amid_other_text(text, masked):
    assert matcher(NUMBER).masked(text) == masked
    assert matcher(NUMBER).masked(text, NOW + timedelta(seconds=1)) == text
    assert matcher(NUMBER, tenant="t").matches(masked) == ()


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("101", "erased-0"), ("PJSIP/101-0000001a", "PJSIP/erased-0-0000001a"), ("101@internal", "erased-0@internal"),
        ("1101", "1101"), ("PJSIP/1101-1", "PJSIP/1101-1"), ("1732612345.101", "1732612345.101"),
        ("a 101 b", "a 101 b"),
    ],
)  # fmt: skip
def test_a_short_number_is_known_only_as_a_whole_or_in_a_technical_name(text, masked):
    assert subject_of_number("101").kind is Kind.EXACT
    assert matcher("101").masked(text) == masked
