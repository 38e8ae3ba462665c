"""The scenario language: text to steps, errors that name line and word, and the runner."""

import contextlib

import pytest
from cti_simulators.scenario import Actor, BadScenario, Impossible, ScenarioFailed, Step, Verb, parse, perform
from hypothesis import given
from hypothesis import strategies as st

IVAN = Actor("c1", "79161234567", "Ivan Petrov", outside=True)


def test_sentences_lines_comments_and_delays():
    text = """
    trunk 79161234567 "Ivan Petrov" calls 74950000101 as c1   # who calls
    101 rings; 101 answers after 1.5s
    c1 hangs up after 500ms; wait 2s"""
    assert parse(text).steps == (
        Step(2, IVAN, Verb.CALL, "74950000101"),
        Step(3, Actor("101", "101"), Verb.RING),
        Step(3, Actor("101", "101"), Verb.ANSWER, after_s=1.5),
        Step(4, IVAN, Verb.HANG_UP, after_s=0.5),
        Step(4, Actor("", ""), Verb.WAIT, after_s=2.0),
    )


def test_a_hash_is_a_key_or_a_comment():
    text = "#a comment\n101 sends #;101 sends ## # and another\n  # one more\n101 sends #72"
    assert [(step.line, step.target) for step in parse(text).steps] == [(2, "#"), (2, "##"), (4, "#72")]


def test_somebody_outside_who_is_called_goes_by_number_or_by_name():
    steps = parse("101 calls 84951234567; 84951234567 answers; 102 calls 84951234568 as B; B answers").steps
    assert [each.actor.key for each in steps] == ["101", "84951234567", "102", "B"]
    assert [each.actor.outside for each in steps] == [False, True, False, True]
    assert steps[2].other == "B"
    assert steps[3].actor.number == "84951234568"


def test_an_anonymous_caller_has_no_number():
    assert parse("trunk anonymous calls 74950000101 as x").steps[0].actor == Actor("x", "", "", outside=True)


@pytest.mark.parametrize(
    ("sentence", "verb", "target"),
    [
        ("101 completes transfer", Verb.COMPLETE, ""),
        ("101 cancels transfer", Verb.CANCEL, ""),
        ("101 transfers to 102", Verb.TRANSFER, "102"),
        ("101 parks", Verb.PARK, ""),
        ("102 retrieves parked 701", Verb.UNPARK, "701"),
        ("102 retrieves", Verb.RETRIEVE, ""),
        ("102 picks up 101", Verb.PICK_UP, "101"),
        ("102 picks up", Verb.PICK_UP, ""),
        ("101 joins queue support", Verb.JOIN, "support"),
        ("101 leaves queue support", Verb.LEAVE, "support"),
        ("101 pauses queue support", Verb.PAUSE, "support"),
        ("101 unpauses queue support", Verb.UNPAUSE, "support"),
        ("101 sends 123#", Verb.SEND, "123#"),
        ("101 is busy", Verb.BUSY, ""),
        ("101 is free", Verb.FREE, ""),
        ("101 consults 102", Verb.CONSULT, "102"),
        ("wait until quiet", Verb.QUIET, ""),
        ("@redirect", Verb.COMMAND, "redirect"),
    ],
)
def test_verbs(sentence, verb, target):
    (step,) = parse(sentence).steps
    assert (step.verb, step.target) == (verb, target)


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("101 calls 102\n101 jumps", 2, "jumps"),
        ("101 calls", 1, "calls"),
        ("101 answers after soon", 1, "soon"),
        ("101 answers after", 1, "after"),
        ("101 answers 102", 1, "102"),
        ("101 calls 102 103", 1, "103"),
        ("c1 hangs up", 1, "c1"),
        ("\n\n101 answers as x", 3, "x"),
        ("101 calls 102 as 9x", 1, "as 9x"),
        ('trunk 7916 "Ivan calls 101', 1, '"Ivan calls 101'),
        ("trunk abc calls 101", 1, "abc"),
        ("trunk 79161234567 hangs up", 1, "hangs"),
        ("wait", 1, ""),
        ("wait for it", 1, "for it"),
        ("101", 1, ""),
        ("@a b", 1, "@a b"),
    ],
)
def test_errors_name_line_and_word(text, line, word):
    with pytest.raises(BadScenario) as caught:
        parse(text)
    assert (caught.value.line, caught.value.word) == (line, word)
    assert f"line {line}" in str(caught.value)


@given(st.text(st.sampled_from('101 calls102 as after;#"trunk@wait2s\n\t') | st.characters(), max_size=60))
def test_no_text_is_anything_but_a_scenario_or_a_bad_one(text):
    with contextlib.suppress(BadScenario):
        assert all(step.line >= 1 for step in parse(text).steps)


class Phones:
    """An exchange of nothing but time: 101 rings at 5 s."""

    def __init__(self) -> None:
        self.now, self.done = 0.0, []

    @property
    def next_timer(self):
        return 5.0 if self.now < 5.0 else None

    quiet = False

    def advance(self, to):
        self.now = max(self.now, to)

    def rings(self, actor):
        return actor.key == "101" and self.now >= 5.0

    def do(self, step):
        if step.verb is Verb.PARK:
            raise Impossible("there is nobody to park")
        self.done.append((self.now, step.verb))


def test_delays_count_from_the_step_before_and_ringing_is_waited_for():
    phones = Phones()
    perform(parse("102 calls 101 after 1s; 101 rings; 101 answers after 2s; 101 hangs up after 3s"), phones)
    assert phones.done == [(1.0, Verb.CALL), (7.0, Verb.ANSWER), (10.0, Verb.HANG_UP)]


def test_what_cannot_be_done_fails_with_its_line():
    with pytest.raises(ScenarioFailed, match="line 2: 101 parks: there is nobody to park"):
        perform(parse("101 calls 102\n101 parks"), Phones())
    with pytest.raises(ScenarioFailed, match="line 1: 102 rings: not within 120 s"):
        perform(parse("102 rings"), Phones())


def test_commands_are_what_the_player_makes_of_them():
    phones, heard = Phones(), []
    perform(parse("wait 1s; @redirect after 1s"), phones, {"redirect": lambda: heard.append(phones.now)})
    assert heard == [2.0]
    with pytest.raises(ScenarioFailed, match="nobody knows this command"):
        perform(parse("@fly"), phones)
