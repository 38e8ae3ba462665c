"""`make conformance`: our records against what the telephones saw, for every recording."""

import sys
from collections.abc import Iterator
from pathlib import Path

from connector_asterisk.replay import events_of_all
from cti_connector.replaying import calls_of
from cti_model.records import CallRecord, records
from cti_simulators.traces import Trace, find_traces, load_trace

from tests.conformance import freeswitch, verto
from tests.conformance.doubt import Doubt, doubts
from tests.conformance.truth import continuations, differences, expected

TRACES = Path(__file__).parents[1] / "data" / "traces"

# What AMI does not tell at all: exactly these differences stay, and everything else of that recording agrees.
LIMITS = {
    # The telephone's 200 OK met the caller's CANCEL: Asterisk says `DialEnd CANCEL` and a channel that was never up.
    ("asterisk-22", "x_load"): [
        "113: answered None, truth 1795169716.445668",
        "113: outcome missed, truth answered",
    ],
}


def rows_of(trace: Trace) -> tuple[list[CallRecord], dict[str, Doubt]]:
    """Our records of a trace and of its continuation after a reconnect, in order of beginning, and their doubts."""
    sessions = [trace, *(load_trace(path) for path in continuations(trace.path))]
    events = list(events_of_all([(chunk.t, chunk.data) for chunk in each.chunks] for each in sessions))
    rows = [row for call in calls_of(events) for row in records(call)]
    return sorted(rows, key=lambda each: (each.started_at, each.device)), doubts(events)


def compared() -> Iterator[tuple[str, str, list[str]]]:
    """Version, scenario and differences of each recording that has a truth with telephones in it."""
    for path in find_traces(TRACES):
        trace = load_trace(path)
        truth = trace.truth()
        if truth is not None and truth.get("sip_calls"):
            yield path.parent.name, trace.name, differences(expected(trace), *rows_of(trace))


def main() -> None:
    """Print the table; exit 0 also when some do not agree (the test decides which must)."""
    agree = total = 0
    for version, scenario, found in compared():
        total += 1
        known = bool(found) and found == LIMITS.get((version, scenario))
        agree += known or not found
        print(f"{'limit  ' if known else 'DIFFERS' if found else 'agrees '}  {version:15} {scenario}")
        for text in found[: None if "-v" in sys.argv else 4]:
            print(f"             {text}")
    for scenario, found in freeswitch.compared():
        total += 1
        agree += not found
        note = f"  ({freeswitch.REASONS[scenario]})" if scenario in freeswitch.REASONS else ""
        print(f"{'DIFFERS' if found else 'agrees '}  {freeswitch.TRACES.name:15} {scenario}{note}")
        for text in found[: None if "-v" in sys.argv else 4]:
            print(f"             {text}")
    for scenario, found in verto.compared():
        total += 1
        agree += not found
        print(f"{'DIFFERS' if found else 'agrees '}  {'verto':15} {scenario}  (a telephone's own frames)")
        for text in found[: None if "-v" in sys.argv else 4]:
            print(f"             {text}")
    print(f"{agree} of {total} recordings agree with the telephones, as far as the PBX tells")


if __name__ == "__main__":
    main()
