"""A working day of a client that knows only the Messaging Service protocol, down to the telephones."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from cti_simulators.tms import DIAL, Model, Page
from websockets.asyncio.client import connect

from tests.e2e.office import TENANT, Office, office
from tests.running import DEADLINE_S

pytestmark = pytest.mark.asyncio(loop_scope="session")

IVAN = "trunk 79161234567 calls 74950000101 as c1; 101 rings"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def company(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    async with office(tmp_path_factory.mktemp("tms")) as running:
        yield running


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def silence(company: Office) -> AsyncIterator[None]:
    """The next test begins without calls, however this one ended."""
    yield
    await company.hang_up_all()


@asynccontextmanager
async def panel(company: Office, user: str = "101") -> AsyncIterator[Page]:
    """A page that has signed in."""
    token = company.stack.issuer.token(user, TENANT, ("operator",))
    async with asyncio.timeout(DEADLINE_S), connect(company.stack.panel_url.replace("http", "ws", 1) + "/") as socket:
        page = Page(socket)
        await page.sign_in(token)
        yield page


def state(model: Model, number: int = 0) -> int:
    """The state of the client's n-th call; -1 when there is none."""
    calls = list(model.calls.values())
    return calls[number]["state"] if len(calls) > number else -1


async def current(page: Page, wanted: int) -> str:
    """Wait until the current call has a state; its id."""
    await page.until(lambda model: model.current and model.calls[model.current]["state"] == wanted)
    assert page.model.current is not None
    return page.model.current


async def free(page: Page) -> None:
    """Wait until nobody talks, and the client may dial."""
    await page.until(lambda model: not model.calls and model.line == DIAL)


async def test_an_incoming_call_consulted_about_and_transferred(company: Office) -> None:
    async with panel(company) as page:
        await company.people(IVAN)
        call = await current(page, 1)
        assert page.model.calls[call]["callerId"] == "79161234567"
        await page.until(lambda model: "callSaved" in model.heard)
        await page.send("AnswerCall", call)
        await current(page, 2)
        await page.send("HoldCall", call)
        await current(page, 3)
        await page.send("HoldCall", call)
        await current(page, 2)
        await page.send("SendDtmf", call, digits="12#")
        await page.send("MakeConsultCall", call, targetAddress="102")
        await company.people("101 rings; 101 holds; 101 answers; 102 rings; 102 answers")
        await page.until(lambda model: state(model) == 3 and state(model, 1) == 2 and model.line & 0x80)
        assert (page.model.current, page.model.consulting) == (call, True)
        await page.send("TransferCall", call, consultationCall="")
        await free(page)
        assert page.model.pops == [], "the consultation became nobody's current call"
        assert company.legs("102") == 1
        await company.people("102 hangs up; wait until quiet")


async def test_an_outgoing_call_and_a_consultation_that_is_cancelled(company: Office) -> None:
    async with panel(company) as page:
        await page.send("MakeCall", targetAddress="102")
        await page.send("MakeCall", targetAddress="102")
        await company.people("101 rings; 101 answers; 102 rings; 102 answers")
        call = await current(page, 2)
        assert (company.legs("101"), company.legs("102")) == (1, 1), "a double click rings once"
        await page.send("MakeConsultCall", call, targetAddress="103")
        await company.people("101 rings; 101 answers; 103 rings; 103 answers")
        await page.until(lambda model: model.consulting and model.line & 0x80)
        await page.send("CancelTransfer", currentCall=f'{{"id":"{call}"}}', consultCall="")
        await page.until(lambda model: not model.consulting and len(model.calls) == 1)
        assert page.model.current == call
        if state(page.model) == 3:
            await page.send("HoldCall", call)
        await current(page, 2)
        await page.send("DropCall", call)
        await free(page)
        await company.people("wait until quiet")


async def test_a_reconnect_into_a_call_and_into_a_consultation(company: Office) -> None:
    await company.people(IVAN + "; 101 answers")
    async with panel(company) as page:
        call = await current(page, 2)
        await page.send("MakeConsultCall", call, targetAddress="102")
        await company.people("101 rings; 101 answers; 102 rings; 102 answers")
        await page.until(lambda model: model.consulting and model.line & 0x80)
    async with panel(company) as page:
        await page.until(lambda model: model.consulting and model.line & 0x80)
        assert "callStarted" not in page.model.heard, "no old call pops up"
        assert page.model.current == call
        await page.send("TransferCall", call, consultationCall="")
        await free(page)
    await company.people("102 hangs up; wait until quiet")


async def test_a_blind_transfer_and_a_second_call_that_is_rejected(company: Office) -> None:
    async with panel(company) as page:
        await company.people(IVAN + "; 101 answers")
        first = await current(page, 2)
        await company.people("103 calls 101; 101 rings")
        await page.until(lambda model: model.current not in (None, first))
        second = page.model.current
        assert second is not None
        assert page.model.line & 0x4, "the second call can be answered: it is the current one"
        await page.send("DropCall", second)
        await page.until(lambda model: model.current == first and len(model.calls) == 1)
        await page.send("BlindTransferCall", first, targetAddress="104")
        await company.people("104 rings; 104 answers")
        await free(page)
        await company.people("104 hangs up; wait until quiet")


async def test_an_agents_state(company: Office) -> None:
    async with panel(company) as page:
        assert page.model.agent == "Active"
        await page.send("SetMsgUserState", code="DND", reason="")
        await page.until(lambda model: model.agent == "DND" or "error" in model.heard)
        assert page.model.agent == "DND", page.frames[-1]
        await page.send("SetMsgUserState", code="Active", reason="")
        await page.until(lambda model: model.agent == "Active")
