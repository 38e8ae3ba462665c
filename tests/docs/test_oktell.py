"""docs/telephony/oktell.md names exactly what is read, asked and commanded."""

import re

from connector_oktell.actions import VERBS
from connector_oktell.snapshot import QUESTIONS
from connector_oktell.wire import EVENTS, Credentials, Frame, StartUp
from cti_model.calls import Command

from tests.docs.documents import rows, text_of

PAGE = text_of("docs/telephony/oktell.md")


def test_the_events_are_those_that_are_subscribed_to():
    named = {name for row in rows(PAGE, "What is read") for name in re.findall(r"`([^`]+)`", row[0])}
    assert named == set(EVENTS)


def test_the_questions_are_those_that_are_asked():
    start, asked = StartUp(Credentials("", "")), set(QUESTIONS)
    answers = {"login": {"userid": "u"}, "getversion": {"version": {"dated": 991231}}}
    while not start.done:
        method, _ = start.question()
        asked.add(method)
        start.answered(Frame(method, answers.get(method, {})))
    paragraph = PAGE[PAGE.index("Asked besides") :].partition("\n\n")[0]
    assert set(re.findall(r"`(\w+)`", paragraph)) == asked


def test_every_verb_is_explained():
    named = {name for row in rows(PAGE, "Commands") for name in re.findall(r"`(\w+)`", row[0])}
    assert named | {Command.SNAPSHOT, Command.QUERY_AGENT} == {each.value for each in VERBS}
