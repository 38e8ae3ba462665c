"""The laws of a call: whatever the lines say, the carried state is the fold of the facts, and no call is left."""

import random
from datetime import UTC, datetime
from typing import Any

from connector_oktell.actions import Options
from connector_oktell.operatorform import OperatorForm
from connector_oktell.picture import Picture
from connector_oktell.session import OktellSession
from connector_oktell.translate import State
from connector_oktell.translate.lineinfo import ZERO
from connector_oktell.wire import Credentials
from cti_connector.testing import holds
from cti_simulators.oktell.house import House
from cti_simulators.oktell.plan import password_of, standard
from cti_simulators.oktell.session import OktellSession as Server
from cti_simulators.scenario import parse, script
from hypothesis import given
from hypothesis import strategies as st

from .oktell_play import C1, C2, CLIENT, COLLEAGUE, IDLE, ME, Play, answer, holds_the_law

_SAID = st.builds(
    answer,
    st.sampled_from([C1, C2, ZERO]),
    st.sampled_from(["", CLIENT, COLLEAGUE, "102", ME]),
    st.sampled_from(["", CLIENT, COLLEAGUE]),
    st.sampled_from([C1, C2, ""]),
    isringing=st.booleans(),
    iscommutated=st.booleans(),
    isautocall=st.booleans(),
    isivr=st.booleans(),
    iswaitingforanswer=st.booleans(),
    conferenceid=st.sampled_from(["", "", "", "k-1"]),
)
_HINTS = st.sampled_from(["phoneevent_acmcallstarted", "phoneevent_commstopped", "flashstatechanged"])


@given(st.lists(st.tuples(st.sampled_from([ME, COLLEAGUE, "102"]), _HINTS, _SAID, st.booleans()), max_size=14))
def test_whatever_the_lines_say_the_books_are_right(said: list[tuple[str, str, dict[str, Any], bool]]) -> None:
    play = Play()
    play.repeats = False  # an automatic call takes two answers to be seen whole
    for device, hint, line, waits in said:
        play.hears(hint, device, flashtypeid=len(line["chainid"]) % 7)
        play.is_told(line, device)
        if waits:
            play.waits()
    for device in (ME, COLLEAGUE, "102"):
        play.is_told(IDLE, device)
    play.waits()
    play.waits()
    if play.events:
        holds_the_law(play)
    assert not play.state.boxes, "no ghost is left when all lines are idle"


class Peer:
    """The simulated Oktell as one operator's connection sees it."""

    def __init__(self) -> None:
        self._house = House(1795169000.0, random.Random(7), standard())
        self._server = Server(self._house)

    def receive(self, data: bytes) -> bytes:
        texts = [text for line in data.splitlines() for text in self._server.receive(line.decode())[1]]
        return "".join(f"{text}\n" for text in texts).encode()

    def does(self, what: str) -> bytes:
        exchange = self._house.exchange
        for pause in script(parse(what), exchange):
            while exchange.now < pause.until and not (pause.over is not None and pause.over()):
                exchange.advance(exchange.now + 0.02)
        return "".join(f"{text}\n" for text in self._server.hear(exchange.pbx.said())).encode()


def test_a_session_holds_what_every_session_must() -> None:
    def session() -> OktellSession:
        credentials = Credentials("u101", password_of("101"))
        return OktellSession(OperatorForm(Picture(State("t", "oktell")), "101", credentials, options=Options()))

    rings = "trunk 79161234567 calls 74950000101; 101 rings"
    acts = (rings, "101 answers", "101 holds", "101 retrieves", "101 hangs up", rings, "79161234567 hangs up")
    holds(session, Peer, acts, datetime(2026, 1, 5, 9, tzinfo=UTC))
