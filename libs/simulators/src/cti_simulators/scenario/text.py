"""Text to scenario. Pure.

    trunk 79161234567 "Ivan Petrov" calls 74950000101 as c1
    101 rings; 101 answers after 2s
    101 holds                      # until the end of the line
    101 consults 102 after 500ms; 102 answers after 1.5s
    101 completes transfer after 2s; c1 hangs up after 3s

Sentences end with `;` or the line. Each is `<who> <does what> [<to whom>] [as <name>] [after <time>]`, or
`wait <time>`, or `wait until quiet`, or `@<name>` for a command that a program gives to the exchange. Who: an
extension; `trunk <number> ["name"]` or `trunk anonymous` for somebody outside who calls; afterwards the name given by
`as`, or the number. `as` behind a call names the one outside.
"""

import re
from typing import Final

from cti_simulators.scenario.steps import NOBODY, Actor, Scenario, Step, Verb

_WORD: Final = re.compile(r'\s*("[^"]*"|[^\s"]+)')
_TIME: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m)")
_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0}
_EXTENSION: Final = re.compile(r"\d{1,5}")
_NEEDS_TARGET: Final = frozenset(
    (Verb.CALL, Verb.CONSULT, Verb.TRANSFER, Verb.UNPARK, Verb.JOIN, Verb.LEAVE, Verb.PAUSE, Verb.UNPAUSE, Verb.SEND)
)
_MAY_HAVE_TARGET: Final = _NEEDS_TARGET | {Verb.PICK_UP}
_VERBS: Final = sorted(
    ((tuple(verb.value.split()), verb) for verb in Verb if verb not in (Verb.COMMAND, Verb.WAIT, Verb.QUIET)),
    key=lambda each: -len(each[0]),
)


class BadScenario(ValueError):
    """A text that is not a scenario; says the line and the word."""

    def __init__(self, line: int, word: str, why: str) -> None:
        super().__init__(f"line {line}: {why}: {word!r}" if word else f"line {line}: {why}")
        self.line = line
        self.word = word


def parse(text: str) -> Scenario:
    """The scenario that a text tells; raises `BadScenario`."""
    reader = _Reader()
    for number, line in enumerate(text.splitlines(), 1):
        for sentence in _sentences(line):
            words = _words(number, sentence)
            if words:
                reader.read(number, words)
    return Scenario(tuple(reader.steps))


def _sentences(line: str) -> list[str]:
    """Parted at `;`, without a comment: from the beginning of the line, or from a `#` with space around it, on."""
    parts, quoted, sentence = [], False, ""
    for at, char in enumerate(line):
        if char == '"':
            quoted = not quoted
        if char == "#" and not quoted and _comments(line[:at], line[at + 1 :]):
            break
        if char == ";" and not quoted:
            parts.append(sentence)
            sentence = ""
        else:
            sentence += char
    return [*parts, sentence]


def _comments(before: str, behind: str) -> bool:
    """Whether a `#` between these begins a comment: `101 sends #` and `101 sends ##` press keys."""
    return not before.strip() or (before[-1] in " \t;" and behind[:1] in (" ", "\t"))


def _words(line: int, sentence: str) -> list[str]:
    words, at = [], 0
    while at < len(sentence.rstrip()):
        match = _WORD.match(sentence, at)
        if match is None:
            raise BadScenario(line, sentence[at:].strip(), "a quote that does not end")
        words.append(match[1])
        at = match.end()
    return words


class _Reader:
    """Knows who has been introduced so far."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._outside: dict[str, Actor] = {}

    def read(self, line: int, words: list[str]) -> None:
        """One sentence."""
        words, after_s = _after(line, words)
        if words[0] == "wait":
            self._wait(line, words[1:], after_s)
            return
        if words[0].startswith("@"):
            if len(words) > 1 or len(words[0]) == 1:
                raise BadScenario(line, " ".join(words), "a command is one word")
            self.steps.append(Step(line, NOBODY, Verb.COMMAND, words[0][1:], after_s))
            return
        words, alias = _alias(line, words)
        actor, words = self._actor(line, words)
        verb, words = _verb(line, words)
        target = self._target(line, verb, words)
        other = ""
        if verb in (Verb.CALL, Verb.CONSULT):
            if actor.outside:
                actor = Actor(alias or actor.key, actor.number, actor.name, outside=True)
                self._outside[actor.key] = actor
            elif not _EXTENSION.fullmatch(target):
                other = alias or target
                self._outside[other] = Actor(other, target, outside=True)
        elif alias:
            raise BadScenario(line, alias, "`as` belongs to a call")
        if actor.outside and actor.key not in self._outside and not actor.key.isdecimal():
            raise BadScenario(line, actor.key, "nobody of this name has called or been called")
        self.steps.append(Step(line, actor, verb, target, after_s, other))

    def _wait(self, line: int, words: list[str], after_s: float) -> None:
        if words == ["until", "quiet"]:
            self.steps.append(Step(line, NOBODY, Verb.QUIET, after_s=after_s))
            return
        if len(words) != 1:
            raise BadScenario(line, " ".join(words), "wait for a time, or `until quiet`")
        self.steps.append(Step(line, NOBODY, Verb.WAIT, after_s=after_s + _seconds(line, words[0])))

    def _actor(self, line: int, words: list[str]) -> tuple[Actor, list[str]]:
        if not words:
            raise BadScenario(line, "", "nobody does anything")
        if words[0] != "trunk":
            known = self._outside.get(words[0])
            outside = not _EXTENSION.fullmatch(words[0])
            return known or Actor(words[0], words[0], outside=outside), words[1:]
        if len(words) < 2:
            raise BadScenario(line, "trunk", "which number is outside?")
        number, rest = ("" if words[1] == "anonymous" else words[1]), words[2:]
        if number and not number.lstrip("+").isdigit():
            raise BadScenario(line, number, "not a number")
        name = ""
        if rest and rest[0].startswith('"'):
            name, rest = rest[0].strip('"'), rest[1:]
        actor = Actor(words[1], number, name, outside=True)
        if not rest or rest[0] != Verb.CALL:
            raise BadScenario(line, rest[0] if rest else words[1], "`trunk` introduces somebody who calls")
        return actor, rest

    def _target(self, line: int, verb: Verb, words: list[str]) -> str:
        if verb in _NEEDS_TARGET and not words:
            raise BadScenario(line, verb.value, "needs to say whom or what")
        if words and verb not in _MAY_HAVE_TARGET:
            raise BadScenario(line, words[0], f"`{verb.value}` is already a whole sentence")
        if len(words) > 1:
            raise BadScenario(line, words[1], "one word too many")
        if not words:
            return ""
        return self._outside[words[0]].number if words[0] in self._outside else words[0].strip('"')


def _verb(line: int, words: list[str]) -> tuple[Verb, list[str]]:
    for spelled, verb in _VERBS:
        if tuple(words[: len(spelled)]) == spelled:
            return verb, words[len(spelled) :]
    known = ", ".join(sorted(verb.value for _, verb in _VERBS))
    raise BadScenario(line, words[0] if words else "", f"no such verb (there are {known})")


def _after(line: int, words: list[str]) -> tuple[list[str], float]:
    if "after" not in words:
        return words, 0.0
    at = words.index("after")
    if at != len(words) - 2 or at == 0:
        raise BadScenario(line, " ".join(words[at:]), "`after <time>` ends a sentence")
    return words[:at], _seconds(line, words[at + 1])


def _alias(line: int, words: list[str]) -> tuple[list[str], str]:
    if "as" not in words:
        return words, ""
    at = words.index("as")
    if at != len(words) - 2 or words[at + 1][0].isdigit():
        raise BadScenario(line, " ".join(words[at:]), "`as <name>` ends a call; the name begins with a letter")
    return words[:at], words[at + 1]


def _seconds(line: int, word: str) -> float:
    match = _TIME.fullmatch(word)
    if match is None:
        raise BadScenario(line, word, "not a time, such as 500ms, 2s, 1.5s, 1m")
    return float(match[1]) * _UNITS[match[2]]
