"""Numbers, names and ranking: pure."""

import pytest
from cti_model.directory import Match, SubscriberKind
from directory.identify import Found, Rules, is_certain, rank, wanted
from directory.names import agrees, fold, is_long_enough, is_number, words
from directory.numbers import parse
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    "raw",
    [
        "+7 (916) 123-45-67", "8 916 123 45 67", "79161234567", "9161234567", "sip:+79161234567@pbx;user=phone",
        "Ivan <89161234567>", "tel:+7-916-123-45-67", "٨٩١٦١٢٣٤٥٦٧",
    ],
)  # fmt: skip
def test_one_number_in_many_notations(raw):
    number = parse(raw, "RU")
    assert (number.e164, number.reversed_digits[:10]) == ("+79161234567", "7654321619")
    assert number.raw == raw


@pytest.mark.parametrize(
    ("raw", "digits", "e164"),
    [
        ("101", "101", ""),
        ("8 (495) 739-70-00 доб. 12", "74957397000", "+74957397000"),
        ("anonymous", "", ""),
        ("", "", ""),
        ("+44 20 7946 0958", "442079460958", "+442079460958"),
        ("*21#", "21", ""),
    ],
)
def test_what_becomes_of_a_number(raw, digits, e164):
    number = parse(raw, "RU")
    assert (number.digits, number.reversed_digits, number.e164) == (digits, digits[::-1], e164)


@given(st.text(max_size=400), st.sampled_from(["RU", "DE", "US"]))
def test_nothing_written_in_a_number_field_breaks_it(raw, region):
    number = parse(raw, region)
    assert number.digits.isdecimal() or number.digits == ""
    assert number.digits.isascii()
    assert len(number.digits) <= 32
    assert number.reversed_digits == number.digits[::-1]


def test_short_numbers_are_internal_and_long_ones_are_cut():
    assert wanted("1017", Rules()).internal
    longer = wanted("84957397000", Rules())
    assert (longer.internal, longer.prefix) == (False, "0007937")
    assert wanted("84957397000", Rules(internal_number_length=0)).prefix == "00079375948"
    assert wanted("84957397000", Rules(search_number_length=4, internal_number_length=4)).prefix == "00079375948"
    assert wanted("withheld", Rules()) is None


def found(id_, raw, kind=SubscriberKind.CONTACT, name="N", region="RU"):
    number = parse(raw, region)
    return Found(id=id_, kind=kind, name=name, raw=raw, reversed_digits=number.reversed_digits, e164=number.e164)


def test_the_same_number_comes_before_one_that_ends_alike():
    what = wanted("+7 916 123-45-67", Rules())
    ranked = rank(
        what,
        [
            found("far", "+44 20 7123 4567"),
            found("near", "8 906 123-45-67"),
            found("me", "8 (916) 123-45-67"),
            found("other", "+7 916 765-43-21"),
        ],
    )
    assert [(each.id, each.match) for each in ranked] == [
        ("me", Match.E164), ("near", Match.SUFFIX), ("far", Match.SUFFIX),
    ]  # fmt: skip
    assert [each.matched_digits for each in ranked] == [10, 8, 7]
    assert ranked[0].number == "8 (916) 123-45-67"
    assert is_certain(ranked)
    assert not is_certain(ranked[1:])
    assert not is_certain([])


def test_a_number_of_no_country_is_certain_by_its_digits():
    ranked = rank(wanted("0012345678901", Rules()), [found("a", "0012345678901"), found("b", "9912345678901")])
    assert [(each.id, each.match) for each in ranked] == [("a", Match.DIGITS), ("b", Match.SUFFIX)]


def test_an_internal_number_is_an_employees_and_equal():
    employee = SubscriberKind.EMPLOYEE
    ranked = rank(
        wanted("101", Rules()), [found("e", "101", employee), found("c", "101"), found("x", "1101", employee)]
    )
    assert [each.id for each in ranked] == ["e"]


def test_each_subscriber_once_with_the_best_of_their_numbers():
    ranked = rank(wanted("89161234567", Rules()), [found("a", "89061234567"), found("a", "89161234567")])
    assert [(each.id, each.match) for each in ranked] == [("a", Match.E164)]


def test_employees_before_contacts_before_accounts_then_by_name():
    kinds = [SubscriberKind.ACCOUNT, SubscriberKind.CONTACT, SubscriberKind.EMPLOYEE]
    people = [found(f"{kind}{name}", "89161234567", kind, name) for kind in kinds for name in ("б", "А")]
    ranked = rank(wanted("89161234567", Rules()), people)
    assert [(each.kind.value, each.name) for each in ranked] == [
        ("employee", "А"), ("employee", "б"), ("contact", "А"), ("contact", "б"), ("account", "А"), ("account", "б"),
    ]  # fmt: skip


def test_at_most_twenty():
    assert len(rank(wanted("89161234567", Rules()), [found(str(n), "89161234567") for n in range(50)])) == 20


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("Ёлкина-Müller, Øystein", "елкина muller oystein"),
        ("O'Brien  &  Sons", "obrien sons"),
        ("ЙОГУРТ", "иогурт"),
        ("Ґалаґан Їжак", "галаган іжак"),
        ("Straße 5_6", "strasse 5 6"),
        ("", ""),
    ],
)
def test_names_are_folded(name, folded):
    assert fold(name) == folded


@given(st.text(max_size=200))
def test_folding_again_changes_nothing(name):
    assert fold(fold(name)) == fold(name)
    assert all(agrees(fold(name), [word]) for word in words(name))


def test_words_and_queries():
    assert words("Petrov Ivan Petrov") == ["petrov", "ivan"]
    assert agrees("ivan petrov", ["pet", "iv"])
    assert not agrees("ivan petrov", ["etr"])
    assert is_number("+7 (916) 12-34*5#")
    assert not is_number("Ivan 5")
    assert not is_number("()")
    assert (is_long_enough("iv"), is_long_enough("i v"), is_long_enough("Йор"), is_long_enough("a-b")) == (
        False, False, True, False,
    )  # fmt: skip
