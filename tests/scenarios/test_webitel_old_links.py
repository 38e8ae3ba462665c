"""What the old Webitel engine does not tell a link, and how it is found all the same."""

import pytest
from connector_webitel.old.wire import Token
from cti_connector.session import LinkRefused, Refusal
from cti_model.calls import ConnectionState, DeviceKind
from cti_simulators.scenario import parse, perform
from cti_simulators.webitel.old.users import Issued, Visitor

from tests.scenarios.webitel_old import DOMAIN
from tests.scenarios.webitel_old_stage import SERVICE, Stage

TALK = "trunk 79161234567 calls 74950000101 as c1; 101 rings; 101 answers after 1s; wait 1s"


def test_a_user_who_was_logged_out_elsewhere_is_heard_again_after_the_next_comparison():
    stage = Stage(("101",), records=False)
    other = Visitor(account=f"101@{DOMAIN}")
    stage.engine.run(other, "logout", {}, lambda _complete, _body: None)
    perform(parse(TALK), stage)
    assert stage.events == []  # muted: the flag is the user's, not the socket's
    stage.compare("101")
    [call] = stage.calls()
    mine = next(each for each in call.connections if each.device.number == "101")
    assert mine.state is ConnectionState.CONNECTED
    perform(parse("101 hangs up; wait 1s"), stage)
    assert not any(each.alive for each in stage.calls())


def test_a_trunks_leg_that_no_list_of_the_domain_has_is_found_by_who_talks_with_it():
    stage = Stage(records=False)
    stage.cut()
    perform(parse(TALK), stage)
    stage.link()
    [call] = stage.calls()
    kinds = {each.device.kind: each for each in call.connections}
    assert set(kinds) == {DeviceKind.TRUNK, DeviceKind.EXTENSION}
    assert {each.state for each in kinds.values()} == {ConnectionState.CONNECTED}
    assert kinds[DeviceKind.TRUNK].party.number == "79161234567"


@pytest.mark.parametrize(
    ("token", "until_s", "reason"),
    [("jwt", 60, None), ("other", 60, Refusal.WRONG_PASSWORD), ("jwt", -1, Refusal.WRONG_PASSWORD)],
)
def test_who_comes_with_a_token_of_the_rest_interface(token, until_s, reason):
    stage = Stage(records=False)
    stage.cut()
    stage.engine.tokens[("key", "jwt")] = Issued(SERVICE, stage.now + until_s)
    stage.credential = Token("key", token)
    if reason is None:
        stage.link()
        perform(parse(f"{TALK}; 101 hangs up; wait 1s"), stage)
        assert [each.alive for each in stage.calls()] == [False]
        assert stage.wires[""].visitor.account == f"{SERVICE}@{DOMAIN}"
    else:
        with pytest.raises(LinkRefused) as refused:
            stage.link()
        assert refused.value.reason is reason


def test_an_account_whose_code_changes_is_refused_as_with_a_wrong_password():
    """A link has to come back by itself: no code of half a minute (TOTP) is kept anywhere."""
    stage = Stage(records=False)
    stage.cut()
    stage.engine.users.accounts[SERVICE].code = "123456"
    with pytest.raises(LinkRefused) as refused:
        stage.link()
    assert refused.value.reason is Refusal.WRONG_PASSWORD


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("Maximum license connections", Refusal.LICENCE),
        ("Maximum opened socket 10", Refusal.IN_USE),
        ("Invalid Token or Key", Refusal.WRONG_PASSWORD),
        ("Token Expired", Refusal.WRONG_PASSWORD),
        ("-ERR: No connect.", Refusal.NOT_AVAILABLE),
        ("-ERR FreeSWITCH not found.", Refusal.NOT_AVAILABLE),
        ("something else", Refusal.OTHER),
    ],
)
def test_why_the_engine_lets_nobody_in(said, reason):
    stage = Stage(records=False)
    stage.cut()
    stage.engine.refusing = said
    with pytest.raises(LinkRefused) as refused:
        stage.link()
    assert refused.value.reason is reason
