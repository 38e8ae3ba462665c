"""What became of telephones that rang while nobody listened, as the others of their call tell it."""

from datetime import timedelta

import pytest
from connector_asterisk.items import SnapshotChannel
from connector_asterisk.reconcile import lost, reconcile
from connector_asterisk.snapshot import Snapshot
from connector_asterisk.testing import Headers, Wire, dest, named
from cti_model.calls import Outcome
from cti_model.records import all_records

CALLER = named("PJSIP/trunk-00000001", "1.1")
ONE, OTHER = named("PJSIP/101-00000002", "1.2", "1.1"), named("PJSIP/102-00000003", "1.3", "1.1")


def item(channel: Headers, state: int, bridge: str = "") -> SnapshotChannel:
    return SnapshotChannel(
        uid=channel["Uniqueid"],
        name=channel["Channel"],
        linkedid="1.1",
        state=state,
        application="Dial" if channel is CALLER else "AppDial",
        bridge_id=bridge,
        duration=5,
    )


def missed(wire: Wire, *present: SnapshotChannel) -> None:
    """The link was away for five seconds; these are there now."""
    lost(wire.state, wire.now)
    wire.now += timedelta(seconds=5)
    wire.told += reconcile(wire.state, Snapshot(channels=present), wire.now)


def outcomes(wire: Wire) -> dict[str, Outcome | None]:
    return {row.device: row.outcome for row in all_records(wire.told)}


@pytest.mark.parametrize("seen", [True, False], ids=["answer seen", "answer missed"])
def test_of_two_that_rang_the_one_that_is_gone_was_answered_elsewhere(seen):
    wire = Wire()
    wire.dials(CALLER, "500")
    wire.rings(CALLER, ONE)
    wire.rings(CALLER, OTHER)
    if seen:
        wire.send("Newstate", OTHER, ChannelState="6")
    missed(wire, item(CALLER, 6, "b"), item(OTHER, 6, "b"))
    assert outcomes(wire)["101"] is Outcome.ANSWERED_ELSEWHERE
    wire.hang_up(CALLER, OTHER)
    assert outcomes(wire) == {"101": Outcome.ANSWERED_ELSEWHERE, "102": Outcome.ANSWERED}


def test_of_one_that_is_gone_while_the_other_rings_it_is_not_known():
    wire = Wire()
    wire.dials(CALLER, "500")
    wire.rings(CALLER, ONE)
    wire.rings(CALLER, OTHER)
    missed(wire, item(CALLER, 4), item(OTHER, 5))
    assert outcomes(wire)["101"] is Outcome.MISSED


def test_who_passed_the_call_on_unseen_did_not_take_it_from_the_next():
    wire = Wire()
    wire.dials(CALLER, "101")
    wire.rings(CALLER, ONE)
    wire.answers(CALLER, ONE)
    missed(wire, item(CALLER, 6))
    wire.rings(CALLER, OTHER)
    wire.send("DialEnd", CALLER, dest(OTHER), after_s=20, DialStatus="NOANSWER")
    wire.hang_up(OTHER)
    assert outcomes(wire) == {"101": Outcome.ANSWERED, "102": Outcome.MISSED}
