"""The scenario language: what people do at their telephones, the same for every simulated exchange."""

from cti_simulators.scenario.exchange import Exchange, Impossible
from cti_simulators.scenario.runner import ScenarioFailed, perform, script
from cti_simulators.scenario.steps import Actor, Scenario, Step, Verb
from cti_simulators.scenario.text import BadScenario, parse

__all__ = [
    "Actor",
    "BadScenario",
    "Exchange",
    "Impossible",
    "Scenario",
    "ScenarioFailed",
    "Step",
    "Verb",
    "parse",
    "perform",
    "script",
]
