"""Every command that Oktell's protocol has, from the request to its effect at the exchange and in the records."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from connector_oktell.actions import VERBS, Options
from cti_model.calls import Command, Outcome
from cti_model.commands import QUERIES, SUPERVISOR, CommandOutcome
from cti_model.records import all_records
from cti_simulators.scenario import parse, perform

from tests.scenarios.oktell import Stage

Do = tuple[str, Command, dict[str, Any]]
RINGS = 'trunk 79161234567 "Ivan" calls 74950000101 as c1; 101 rings'
TALKS = f"{RINGS}; 101 answers after 1s; wait 2s"
ANSWERED, ELSEWHERE = Outcome.ANSWERED, Outcome.ANSWERED_ELSEWHERE
SUPERVISES = {"roles": (SUPERVISOR,)}


@dataclass(frozen=True)
class Case:
    """`story`: people's deeds, and `@name` for each of `does`. `rows`: what became of it, by telephone and beginning.

    `kinds`: facts that must be among those that are told. `so`: what else holds before all is over.
    """

    story: str
    does: dict[str, Do]
    rows: list[tuple[str, Outcome | None]] = field(default_factory=list)
    kinds: set[str] = field(default_factory=set)
    so: Callable[[Stage], bool] = lambda stage: True


def room(stage: Stage, *numbers: str) -> bool:
    """Whether the one conference there is has these, and no others."""
    (found,) = stage.pbx.rooms.values()
    return sorted(each.line.number for each in found.members) == sorted(numbers)


def ghost(stage: Stage, mode: str) -> bool:
    """Whether 101 listens to a talk in that way."""
    (found,) = stage.pbx.rooms.values()
    return found.ghost_mode == mode and [each.line.number for each in found.members] == ["101"]


def helped(stage: Stage) -> bool:
    """Whether it is 102 who hears the ghost."""
    (found,) = stage.pbx.rooms.values()
    (hears,) = [each.line.number for each in found.heard if each.id == found.members[0].helps]
    return ghost(stage, "help") and hears == "102"


def agent(stage: Stage, state: str, reason: str) -> bool:
    now = stage.agents["101"]
    return (now.state.value, now.reason) == (state, reason)


SPEAK = "102 calls 103; 103 rings; 103 answers after 1s; wait 2s"
CASES: dict[str, Case] = {
    "make_call": Case(
        "@go; 101 rings; 101 answers after 1s; 102 rings; 102 answers after 1s; wait 2s; 102 hangs up",
        {"go": ("101", Command.MAKE_CALL, {"to": "102"})},
        [("101", ANSWERED), ("102", ANSWERED)],
    ),
    "make_call intercom": Case(
        "@go; 101 rings; 101 answers after 1s; wait 3s; 101 hangs up",
        {"go": ("101", Command.MAKE_CALL, {"to": "102", "reason": "intercom"})},
        [("101", ANSWERED), ("102", ANSWERED)],
    ),
    "make_call callback": Case(
        """@go; 84951234567 rings; 84951234567 answers after 1s; 101 rings; 101 answers after 1s; wait 2s
        84951234567 hangs up""",
        {"go": ("101", Command.MAKE_CALL, {"to": "84951234567", "reason": "callback"})},
        [("101", ANSWERED)],
    ),
    "pickup": Case(
        f"{RINGS}; @go after 1s; 102 rings; 102 answers after 1s; wait 2s; c1 hangs up",
        {"go": ("102", Command.PICKUP, {"to": "101"})},
        [("101", ELSEWHERE), ("102", ANSWERED)],
        {"diverted"},
    ),
    "answer": Case(
        f"{RINGS}; @go after 1s; wait 2s; c1 hangs up", {"go": ("101", Command.ANSWER, {})}, [("101", ANSWERED)]
    ),
    "clear a ring": Case(f"{RINGS}; @go after 1s", {"go": ("101", Command.CLEAR, {})}, [("101", Outcome.REJECTED)]),
    "clear a call out": Case(
        "101 calls 102; 102 rings; @go after 2s",
        {"go": ("101", Command.CLEAR, {})},
        [("101", Outcome.CANCELLED), ("102", Outcome.MISSED)],
    ),
    "hold and retrieve": Case(
        f"{TALKS}; @hold; wait 2s; @back; wait 2s; @end",
        {
            "hold": ("101", Command.HOLD, {}),
            "back": ("101", Command.RETRIEVE, {}),
            "end": ("101", Command.CLEAR, {}),
        },
        [("101", ANSWERED)],
        {"held", "retrieved"},
    ),
    "consult and complete": Case(
        f"{TALKS}; @ask; 102 rings; 102 answers after 1s; wait 2s; @join; wait 2s; c1 hangs up",
        {"ask": ("101", Command.CONSULT, {"to": "102"}), "join": ("101", Command.COMPLETE_TRANSFER, {})},
        [("101", ANSWERED), ("101", ANSWERED), ("102", ANSWERED)],
        {"transferred"},
    ),
    "consult and cancel": Case(
        f"{TALKS}; @ask; 102 rings; 102 answers after 1s; wait 2s; @back; wait 2s; c1 hangs up",
        {"ask": ("101", Command.CONSULT, {"to": "102"}), "back": ("101", Command.CANCEL_TRANSFER, {})},
        [("101", ANSWERED), ("101", ANSWERED), ("102", ANSWERED)],
        {"retrieved"},
    ),
    "blind_transfer": Case(
        f"{TALKS}; @go; 102 rings; 102 answers after 1s; wait 2s; c1 hangs up",
        {"go": ("101", Command.BLIND_TRANSFER, {"to": "102"})},
        [("101", ANSWERED), ("102", ANSWERED)],
        {"transferred"},
    ),
    "conference of three": Case(
        f"{TALKS}; @ask; 102 rings; 102 answers after 1s; wait 2s; @go; wait 2s; @see; 102 hangs up; c1 hangs up",
        {"ask": ("101", Command.CONSULT, {"to": "102"}), "go": ("101", Command.CONFERENCE, {})},
        [("101", ANSWERED), ("101", ANSWERED), ("102", ANSWERED)],
        {"conferenced"},
        lambda stage: room(stage, "101", "102", "79161234567"),
    ),
    "conference with another": Case(
        f"{TALKS}; @go; wait 1s; 102 rings; 102 answers after 1s; wait 2s; @see; 102 hangs up; wait 2s; c1 hangs up",
        {"go": ("101", Command.MAKE_CALL, {"to": "102", "reason": "conference"})},
        [("101", ANSWERED), ("102", ANSWERED)],
        so=lambda stage: room(stage, "101", "102", "79161234567"),
    ),
    "conference and a stranger": Case(
        f"""{TALKS}; @go; wait 1s; 84951234567 rings; 84951234567 answers after 1s; wait 2s; @see; c1 hangs up
        101 hangs up""",
        {"go": ("101", Command.MAKE_CALL, {"to": "84951234567", "reason": "conference"})},
        [("101", ANSWERED)],
        so=lambda stage: (
            {each.party.number for each in stage.events[-1].call.connections if each.talking}
            == {"101", "79161234567", "84951234567"}
        ),
    ),
    "a new conference": Case(
        "@go; 101 rings; 101 answers after 1s; 102 answers after 1s; wait 2s; @see; 102 hangs up",
        {"go": ("101", Command.MAKE_CALL, {"to": "102", "reason": "conference"})},
        [("101", ANSWERED), ("102", ANSWERED)],
        so=lambda stage: room(stage, "101", "102") and len({each.call.call_id for each in stage.events}) == 1,
    ),
    "somebody is sent out of a conference": Case(
        f"{TALKS}; @go; wait 1s; 102 rings; 102 answers after 1s; wait 2s; @out; wait 2s; @see; c1 hangs up",
        {
            "go": ("101", Command.MAKE_CALL, {"to": "102", "reason": "conference"}),
            "out": ("101", Command.CLEAR, {"of": "102"}),
        },
        [("101", ANSWERED), ("102", ANSWERED)],
        so=lambda stage: room(stage, "101", "79161234567"),
    ),
    "listen": Case(
        f"{SPEAK}; @go; wait 1s; 101 answers; wait 2s; @see; 102 hangs up",
        {"go": ("101", Command.LISTEN, {"of": "102", **SUPERVISES})},
        [("101", ANSWERED), ("102", ANSWERED), ("103", ANSWERED)],
        so=lambda stage: ghost(stage, "monitor"),
    ),
    "whisper": Case(
        f"{SPEAK}; @go; wait 1s; 101 answers; wait 2s; @see; 102 hangs up",
        {"go": ("101", Command.WHISPER, {"of": "102", **SUPERVISES})},
        [("101", ANSWERED), ("102", ANSWERED), ("103", ANSWERED)],
        so=helped,
    ),
    "barge": Case(
        f"{SPEAK}; @go; wait 1s; 101 answers; wait 2s; @see; 102 hangs up; wait 2s; 103 hangs up",
        {"go": ("101", Command.BARGE, {"of": "102", **SUPERVISES})},
        [("101", ANSWERED), ("102", ANSWERED), ("103", ANSWERED)],
        so=lambda stage: room(stage, "101", "102", "103"),
    ),
    "a kind of break": Case(
        "@go; wait 1s; @see",
        {"go": ("101", Command.SET_AGENT_STATE, {"agent_state": "Обед"})},
        so=lambda stage: agent(stage, "not_ready", "Обед"),
    ),
    "do not disturb": Case(
        "@go; wait 1s; @see",
        {"go": ("101", Command.SET_AGENT_STATE, {"agent_state": "dnd"})},
        so=lambda stage: agent(stage, "not_ready", "dnd"),
    ),
    "redirect": Case(
        f"@go; wait 1s; @see; {RINGS.replace('101 rings', '102 rings')}; 102 answers after 1s; c1 hangs up after 2s",
        {"go": ("101", Command.SET_AGENT_STATE, {"agent_state": "redirect", "to": "102"})},
        [("102", ANSWERED)],
        so=lambda stage: agent(stage, "ready", "redirect"),
    ),
    "no redirect any more": Case(
        f"@go; wait 1s; @back; wait 1s; @see; {TALKS}; c1 hangs up after 2s",
        {
            "go": ("101", Command.SET_AGENT_STATE, {"agent_state": "redirect", "to": "102"}),
            "back": ("101", Command.SET_AGENT_STATE, {"agent_state": "available"}),
        },
        [("101", ANSWERED)],
        so=lambda stage: agent(stage, "ready", ""),
    ),
    "queue_pause and unpause": Case(
        "@go; wait 1s; @see; @back; wait 1s",
        {"go": ("101", Command.QUEUE_PAUSE, {"reason": "2"}), "back": ("101", Command.QUEUE_UNPAUSE, {})},
        so=lambda stage: agent(stage, "not_ready", "Перерыв"),
    ),
    "queue_logout and login": Case(
        "@go; wait 1s; @see; @back; wait 1s",
        {
            "go": ("101", Command.QUEUE_LOGOUT, {"queue": "call-centre"}),
            "back": ("101", Command.QUEUE_LOGIN, {"queue": "call-centre"}),
        },
        so=lambda stage: not stage.agents["101"].in_call_centre,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_command_is_carried_out_and_seen(name):
    case = CASES[name]
    stage = Stage(options=Options(conference=True, listen=True, pickup_extension="*8{extension}"))
    found: list[bool] = []
    commands = {each: partial(stage.command, who, verb, **more) for each, (who, verb, more) in case.does.items()}
    commands["see"] = lambda: found.append(case.so(stage))
    perform(parse(case.story + "\nwait until quiet; wait 3s"), stage, commands)
    assert len(found) == case.story.count("@see")
    assert all(found)
    final = [each for each in stage.results if each.outcome.final]
    assert [(each.outcome, each.message) for each in final] == [(CommandOutcome.OBSERVED, "")] * len(case.does)
    told = sorted((row.device, row.outcome) for row in all_records(stage.events))
    assert told == sorted(case.rows)
    assert case.kinds <= {each.kind for each in stage.events}
    assert not any(event.call.alive for event in {each.call.call_id: each for each in stage.events}.values())


def test_every_verb_has_its_case():
    done = {verb for case in CASES.values() for _, verb, _ in case.does.values()}
    assert done == set(VERBS) - QUERIES
