"""docs/telephony/freeswitch.md names exactly what is read, asked and commanded."""

import re

from connector_freeswitch.actions import VERBS
from connector_freeswitch.snapshot import Round
from cti_freeswitch.state import State
from cti_freeswitch.translate import CUSTOM, WANTED
from cti_model.calls import Command

from tests.docs.documents import rows, text_of

PAGE = text_of("docs/telephony/freeswitch.md")


def test_the_events_are_those_that_are_subscribed_to():
    named = {name for row in rows(PAGE, "What is read") for name in re.findall(r"`([^`]+)`", row[0])}
    assert named == {*WANTED, *CUSTOM, "BACKGROUND_JOB"}


def test_the_questions_are_those_that_are_asked():
    sentence = PAGE[PAGE.index("Asked by `api`") :].partition("\n")[0]
    asked = {each.split()[0] for each in Round(State("t", "p"), 1).questions} | {"echo", "uuid_dump"}
    assert set(re.findall(r"`(\w+)`", sentence)) - {"api"} == asked


def test_every_verb_is_explained():
    named = {name for row in rows(PAGE, "Commands") for name in re.findall(r"`(\w+)`", row[0])}
    assert named | {Command.SNAPSHOT, Command.QUERY_AGENT} == {each.value for each in VERBS}
