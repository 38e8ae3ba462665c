"""Names as people type them: without case, accents and apostrophes, in words. Pure.

Search is by the beginnings of words, each word of a name being indexed: two or three short index rows for a name, and
no contributed extension of PostgreSQL. What it does not find is the middle of a word; then, and only then, the folded
names of the tenant are read from one end to the other (`store.subscribers`; the bench says what that costs).
"""

import re
import unicodedata

LEAST_CHARACTERS = 3
_MOST_WORDS = 12
_MOST_CHARACTERS = 64
# Letters that Unicode does not take apart, though people type them without their stroke.
_PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ı": "i", "ґ": "г"})
_APOSTROPHES = re.compile(r"['’ʼ`´]")
_WORD = re.compile(r"[^\W_]+")
_NUMBER_ONLY = re.compile(r"[\d\s()+\-*#.]+")


def fold(name: str) -> str:
    """Words in lower case, one space between them: `Ёлкина-Müller, Øystein` is `елкина muller oystein`."""
    # Taken apart before and after: some letters have a lower case only once they are plain.
    lower = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", name)).casefold()
    plain = unicodedata.normalize("NFKD", lower).translate(_PLAIN)
    bare = "".join(each for each in plain if not unicodedata.combining(each))
    return " ".join(_WORD.findall(bare))


def words(name: str) -> list[str]:
    """The different words of a name in their order, as they are indexed: at most twelve, at most 64 characters each."""
    return list(dict.fromkeys(word[:_MOST_CHARACTERS] for word in fold(name).split()))[:_MOST_WORDS]


def is_number(query: str) -> bool:
    """Whether a query is meant as a telephone number: digits and what is written between them."""
    return _NUMBER_ONLY.fullmatch(query) is not None and any(each.isdecimal() for each in query)


def is_long_enough(query: str) -> bool:
    """Whether a query by name can be asked: three characters or more."""
    return len(fold(query).replace(" ", "")) >= LEAST_CHARACTERS


def agrees(folded: str, wanted: list[str]) -> bool:
    """Whether every wanted word begins a word of a folded name."""
    return all(f" {word}" in f" {folded}" for word in wanted)
