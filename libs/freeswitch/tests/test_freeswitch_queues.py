"""How a caller leaves a queue, and comes back to it: what no recording has (from source: mod_callcenter, mod_fifo)."""

import pytest
from cti_model.calls import Cause, ConnectionState

from .test_freeswitch_translate import Wire, leg


def waiting(**more: str) -> Wire:
    """A caller who waits in a queue, as this event says."""
    wire = Wire()
    wire.send("CHANNEL_CREATE", leg("a", to="5000"))
    wire.send("CHANNEL_ANSWER", leg("a", to="5000"))
    wire.send("CUSTOM", leg("a", to="5000"), **more)
    assert wire.told[-1].kind == "queued"
    return wire


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        ("BREAK_OUT", Cause.ABANDONED),
        ("TIMEOUT", Cause.NO_ANSWER),
        ("NO_AGENT_TIMEOUT", Cause.NO_ANSWER),
        ("EXIT_WITH_KEY", Cause.NO_ANSWER),
    ],
)
def test_why_a_caller_left_a_queue(reason, cause):
    about = {"Event__Subclass": "callcenter::info", "CC__Queue": "support@d"}
    wire = waiting(**about, CC__Action="member-queue-start")
    (left,) = wire.send(
        "CUSTOM",
        leg("a", to="5000"),
        **about,
        CC__Action="member-queue-end",
        CC__Cause="Cancel",
        CC__Cancel__Reason=reason,
    )
    assert (left.kind, left.fact.queue, left.fact.cause) == ("dequeued", "support", cause)


def test_who_gave_up_and_calls_again_in_time_is_queued_anew():
    about = {"Event__Subclass": "callcenter::info", "CC__Queue": "support@d"}
    wire = waiting(**about, CC__Action="member-queue-start")
    wire.ends(leg("a", to="5000"), by=leg("a"))
    again = leg("b", to="5000")
    wire.send("CHANNEL_CREATE", again)
    wire.send("CHANNEL_ANSWER", again)
    (queued,) = wire.send("CUSTOM", again, **about, CC__Action="member-queue-resume")
    assert (queued.kind, queued.fact.queue) == ("queued", "support")
    assert queued.call.connections[0].state is ConnectionState.QUEUED


@pytest.mark.parametrize(("action", "cause"), [("abort", Cause.ABANDONED), ("timeout", Cause.NO_ANSWER)])
def test_why_a_caller_left_a_fifo(action, cause):
    about = {"Event__Subclass": "fifo::info", "FIFO__Name": "sales@d"}
    wire = waiting(**about, FIFO__Action="push")
    (left,) = wire.send("CUSTOM", leg("a", to="5100"), **about, FIFO__Action=action)
    assert (left.kind, left.fact.queue, left.fact.cause) == ("dequeued", "sales", cause)
