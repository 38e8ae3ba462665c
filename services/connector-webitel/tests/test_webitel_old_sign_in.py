"""Who is not let in by the old engine: what is told and counted, when it is tried again, and that it ends."""

from dataclasses import replace
from typing import Any

import pytest
from connector_webitel.app import account_refused
from cti_connector.session import LinkRefused, Refusal
from cti_connector.telemetry import metrics
from cti_model.agents import AgentState
from cti_model.calls import Command, ConnectionState
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from structlog.testing import capture_logs

from .webitel_old_site import LINK, USERS, company, counted

ONE = ("101",)
TALK = 'trunk 79161234567 "Ivan" calls 74950000101 as c1; 101 rings; 101 answers'


def error(message: str) -> dict[str, Any]:
    return {"login": {"status": 401, "message": message}}


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (error("secret incorrect"), Refusal.WRONG_PASSWORD),
        (error("-ERR: user not found"), Refusal.WRONG_PASSWORD),
        (error("-ERR: account is blocked"), Refusal.NOT_AVAILABLE),
        (error("Unexpected token u in JSON at position 0"), Refusal.NOT_AVAILABLE),
        ("Maximum opened socket 10", Refusal.IN_USE),
        ("Maximum license connections", Refusal.LICENCE),
        ("something else", Refusal.OTHER),
    ],
)
async def test_a_refused_operator_is_told_why_counted_not_tried_again_and_back_with_a_new_secret(
    nats_url, said, reason
):
    async with company(nats_url, ONE) as here:
        here.pbx.engine.refusing = said
        here.pbx.drop_clients()
        await here.until(lambda: here.admissions.get("101") == reason)
        assert here.refusals() == {reason.value: 1}
        assert "refused" in (here.problem() or "")
        here.pbx.engine.refusing = ""
        here.shift.employ("101", "pw-101", "c/2")
        await here.until(lambda: here.admissions.get("101") == "admitted" and here.problem() is None)
        assert here.tries == 3  # at first, the one that was refused, and with the new credential
        await here.people(TALK)
        await here.state("101", ConnectionState.CONNECTED)


async def test_a_refused_operator_is_back_when_the_wait_is_over_and_the_pbx_has_been_mended(nats_url):
    link = replace(LINK, refused_waits={Refusal.WRONG_PASSWORD: 0.1})
    async with company(nats_url, USERS, link=link) as here:
        here.pbx.engine.users.accounts["101"].secret = "changed"
        here.pbx.drop_clients()
        await here.until(lambda: here.refusals().get("wrong_password", 0) > 1)
        told = {"101": Refusal.WRONG_PASSWORD, "102": "admitted", "103": "admitted"}
        await here.until(lambda: here.admissions == told)
        await here.until(lambda: here.problem() is None)  # one refused operator is no problem of the PBX
        here.pbx.engine.users.accounts["101"].secret = "pw-101"
        await here.until(lambda: here.admissions.get("101") == "admitted")


@pytest.mark.parametrize(
    ("users", "at"),
    [((), "auth"), ((), "subscribe"), ((), "show_channel"), (ONE, "auth"), (ONE, "login"), (ONE, "show_channel")],
)
async def test_a_pbx_that_is_restarted_in_the_middle_of_a_log_in_refused_nobody(nats_url, users, at):
    async with company(nats_url, users) as here:
        admitted = dict.fromkeys(users, "admitted")
        await here.until(lambda: here.admissions == admitted)
        here.pbx.cuts_at = at
        before = here.tries
        here.pbx.drop_clients()
        await here.until(lambda: here.tries > before + 2)
        assert here.problem()
        here.pbx.cuts_at = ""
        await here.until(lambda: here.problem() is None)
        await here.linked("101")
        assert here.admissions == admitted
        await here.people(TALK)
        await here.state("101", ConnectionState.CONNECTED)


def test_a_refused_service_account_is_logged_and_counted():
    reader = InMemoryMetricReader()
    refused = account_refused("webitel", metrics(MeterProvider([reader]).get_meter("test")))
    with capture_logs() as logs:
        refused(LinkRefused("log-in refused: auth: Token Expired", Refusal.WRONG_PASSWORD))
    assert counted(reader, "trunkline.connector.operators.refused") == {"wrong_password": 1}
    assert [(each["event"], each["reason"]) for each in logs] == [("service account refused", "wrong_password")]


async def test_a_service_account_that_is_refused_says_so_and_is_back(nats_url):
    settings = {"wrong_password_wait_s": 0.1}
    async with company(nats_url, (), settings) as here:
        here.pbx.engine.users.accounts["500"].secret = "changed"
        before = here.tries
        here.pbx.drop_clients()
        await here.until(lambda: here.tries > before + 1)
        assert "secret incorrect" in (here.problem() or "")
        here.pbx.engine.users.accounts["500"].secret = "pw-500"
        await here.until(lambda: here.problem() is None)
        await here.linked("101")


async def test_an_agent_whom_somebody_else_logged_out_is_in_again_when_he_says_so(nats_url):
    """The engine believes that it has logged him in, and takes no other log-in of his."""
    async with company(nats_url, ONE) as here:
        await here.done(Command.QUEUE_LOGOUT, queue="support")
        await here.until(lambda: here.stands("101", AgentState.LOGGED_OUT))
        await here.done(Command.QUEUE_LOGIN, queue="support")
        await here.until(lambda: here.stands("101", AgentState.READY))
        here.pbx.engine.users.put("101", "Logged Out")
        await here.until(lambda: here.stands("101", AgentState.LOGGED_OUT))
        await here.done(Command.QUEUE_LOGIN, queue="support")
        await here.until(lambda: here.stands("101", AgentState.READY))
