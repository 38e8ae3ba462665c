"""What a site may have logged of its agents (traceQueuesState)."""

from datetime import UTC, datetime

import pytest
from cti_connector.outbox import Outbox
from cti_connector.publisher import BusListener
from cti_connector.telemetry import metrics
from cti_model.agents import Agent, AgentState, DeviceState, Membership, settled, tell_agent
from cti_model.events import Origin
from opentelemetry import metrics as otel
from structlog.testing import capture_logs

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize("trace", [True, False])
def test_each_change_of_an_agent_is_logged_where_that_is_wanted(trace):
    ready = Agent(
        tenant="t", pbx="p", device="101", device_state=DeviceState.IDLE, queues=(Membership(queue="support"),)
    )
    event = tell_agent(None, settled(ready, AT), AT, AT, Origin.OBSERVED)
    assert event is not None
    outbox = Outbox()
    listener = BusListener(outbox, "t", "p", "one", metrics(otel.get_meter("test")), trace_agents=trace)
    with capture_logs() as logged:
        listener.agents([event])
    assert len(outbox) == 1, "told in any case"
    lines = [each for each in logged if each["event"] == "agent"]
    assert len(lines) == trace
    for line in lines:
        assert (line["device"], line["previous"], line["current"]) == ("101", AgentState.LOGGED_OUT, AgentState.READY)
        assert line["queues"] == {"support": "logged_out → ready"}
