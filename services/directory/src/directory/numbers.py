"""Telephone numbers as people and exchanges write them, in the forms that can be compared. Pure."""

import re
import unicodedata

import phonenumbers
from msgspec import Struct

_IN_BRACKETS = re.compile(r"<([^<>]*)>")
_SCHEME = re.compile(r"^(?:sips?|tel):", re.IGNORECASE)
_MOST_CHARACTERS = 256  # more is no number; it also bounds what parsing costs
_MOST_DIGITS = 32


class Number(Struct, frozen=True):
    """A number in its comparable forms.

    `raw` is what was written. `digits` are its digits, without a trailing extension ("доб. 12") when it is known to be
    one. `reversed_digits` are those backwards: what ends alike begins alike there, which an index can find. `e164` is
    the international form, "" when the number is not valid anywhere for all we know.
    """

    raw: str
    digits: str
    reversed_digits: str
    e164: str


def parse(raw: str, region: str) -> Number:
    """The forms of a number as dialled in a region (ISO 3166, `RU`). Never raises: what is no number has no digits."""
    text = _address(raw[:_MOST_CHARACTERS])
    digits, e164 = digits_of(text), ""
    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is not None and phonenumbers.is_valid_number(parsed):
        e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
        if parsed.extension:
            digits = e164.removeprefix("+")
    digits = digits[:_MOST_DIGITS]
    return Number(raw, digits, digits[::-1], e164)


def is_region(region: str) -> bool:
    """Whether numbers of this region are known."""
    return region in phonenumbers.SUPPORTED_REGIONS


def digits_of(text: str) -> str:
    """The decimal digits in a text, of any script, as 0 to 9."""
    return "".join(str(unicodedata.decimal(each)) for each in text if each.isdecimal())


def _address(raw: str) -> str:
    """The number alone: exchanges write `Name <number>`, telephones `sip:number@host;parameters`."""
    bracketed = _IN_BRACKETS.search(raw)
    text = (bracketed[1] if bracketed else raw).strip()
    if _SCHEME.match(text):
        text = _SCHEME.sub("", text).partition("@")[0].partition(";")[0]
    return text
