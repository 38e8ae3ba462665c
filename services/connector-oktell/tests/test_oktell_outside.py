"""A stranger who is passed on to somebody who does not answer yet talks with nobody: no line of theirs tells it."""

from datetime import timedelta

import pytest
from connector_oktell.actions.plan import becomes
from connector_oktell.translate import Deed
from cti_connector.sight import InVain
from cti_model.calls import Connection, ConnectionState, Outcome
from cti_model.records import all_records

from .oktell_play import C1, C2, CLIENT, COLLEAGUE, IDLE, ME, Play, answer, begin_b, holds_the_law

RINGS = answer(C1, CLIENT, isringing=True)
TALKS = answer(C1, CLIENT, iscommutated=True)
INITIATED, CONNECTED = ConnectionState.INITIATED, ConnectionState.CONNECTED


def stranger(play: Play) -> Connection:
    (call,) = (each for each in play.calls().values() if any(leg.party.number == CLIENT for leg in each.connections))
    return next(each for each in call.connections if each.party.number == CLIENT)


def talks(play: Play) -> None:
    play.is_told(RINGS)
    play.is_told(TALKS)
    assert stranger(play).state is CONNECTED


@pytest.mark.parametrize("order", ["ordered", "ring first", "leaver first"])
def test_passed_on_to_a_telephone_that_rings(play: Play, order: str) -> None:
    talks(play)
    if order == "ordered":
        play.orders(Deed.TRANSFER, COLLEAGUE)
    for said in ((RINGS, COLLEAGUE), (IDLE, ME)) if order == "ring first" else ((IDLE, ME), (RINGS, COLLEAGUE)):
        play.is_told(*said)
    assert stranger(play).state is INITIATED
    play.at += timedelta(seconds=5)
    play.is_told(TALKS, COLLEAGUE)
    assert stranger(play).state is CONNECTED
    assert stranger(play).tally.ring_us > 5_000_000, "nobody talked with them while it rang"
    play.is_told(IDLE, COLLEAGUE)
    play.waits()
    assert {row.device: row.outcome for row in all_records(play.events)} == dict.fromkeys(
        (ME, COLLEAGUE), Outcome.ANSWERED
    )
    assert not play.state.boxes
    holds_the_law(play)


def test_who_was_called_and_is_passed_on_in_vain_has_taken_no_call_from_there(play: Play) -> None:
    play.is_told(answer(C1, CLIENT, iswaitingforanswer=True))
    play.is_told(TALKS)
    play.orders(Deed.TRANSFER, COLLEAGUE)
    play.is_told(IDLE)
    play.is_told(RINGS, COLLEAGUE)
    play.is_told(IDLE, COLLEAGUE)
    play.waits()
    assert {row.device: row.outcome for row in all_records(play.events)} == {
        ME: Outcome.ANSWERED,
        COLLEAGUE: Outcome.MISSED,
    }
    holds_the_law(play)


def test_passed_on_to_a_menu_or_a_queue(play: Play) -> None:
    """Nothing tells that they are there; whoever rings within a second goes on with them."""
    talks(play)
    play.orders(Deed.TRANSFER, "300")
    play.is_told(IDLE)
    assert stranger(play).state is INITIATED
    assert stranger(play).answered_at is not None
    play.waits()
    assert not play.state.boxes
    holds_the_law(play)


def test_who_hangs_up_leaves_nobody_waiting(play: Play) -> None:
    talks(play)
    play.is_told(IDLE)
    play.waits()
    assert "originated" not in [each.split()[0] for each in play.facts[1:]]


def test_a_transfer_that_is_completed_while_it_rings(play: Play) -> None:
    talks(play)
    play.is_told(answer(C2, COLLEAGUE, CLIENT, C1, iswaitingforanswer=True))
    play.is_told(answer(C2, ME, isringing=True), COLLEAGUE)
    assert stranger(play).state is CONNECTED, "held, which is no state of the one who is"
    play.orders(Deed.JOIN)
    play.is_told(IDLE)
    assert stranger(play).state is INITIATED
    play.is_told(RINGS, COLLEAGUE)
    play.is_told(TALKS, COLLEAGUE)
    assert stranger(play).state is CONNECTED
    holds_the_law(play)


def test_what_is_waited_for_is_seen_in_the_call_to_which_the_connection_came(play: Play) -> None:
    begin_b(play, C2)
    play.is_told(answer(C2, ME, iscommutated=True), COLLEAGUE)
    consultation = play.desk(COLLEAGUE).box
    assert consultation is not None
    theirs = consultation.extension(COLLEAGUE)
    assert theirs is not None
    held = becomes(play.state, theirs, ConnectionState.HELD)
    play.hears("flashstatechanged", flashtypeid=5)
    play.is_told(IDLE)
    assert held([]) is None
    play.is_told(answer(held=CLIENT, held_chain=C1), COLLEAGUE)
    seen = held([])
    assert seen is not None
    assert seen.connection_id == theirs.connection_id
    assert seen.call_id == next(iter(play.calls())) != consultation.call.call_id
    play.is_told(IDLE, COLLEAGUE)
    play.waits()
    with pytest.raises(InVain):
        held([])
