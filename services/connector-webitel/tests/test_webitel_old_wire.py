"""The old engine's frames: as its public source and client libraries have them, and broken ones."""

import json

import pytest
from connector_webitel.old.wire import (
    AuthRefused,
    Decoder,
    Login,
    Request,
    Response,
    Secret,
    Token,
    Told,
    encode,
    frame_of,
)
from cti_connector.frames import BadFrame
from hypothesis import given
from hypothesis import strategies as st

AUTH = {"login": "101@demo.local", "role": "user", "domain": "demo.local", "state": "ONHOOK", "ws-count": 1}


def line(**frame) -> bytes:
    return json.dumps({key.replace("__", "-"): value for key, value in frame.items()}).encode() + b"\n"


def answer(body, complete="+OK") -> Response:
    found = frame_of(line(exec__uuid="u", exec__complete=complete, exec__response=body))
    assert isinstance(found, Response)
    return found


def test_a_request_is_one_line_and_has_no_arguments_where_there_are_none():
    made = encode("u2", Request("login"))
    assert json.loads(made) == {"exec-uuid": "u2", "exec-func": "login"}
    made = encode("u4", Request("call", {"extension": "205", "user": "101@demo.local"}))
    assert made.endswith(b"\n")
    assert made.count(b"\n") == 1
    assert json.loads(made)["exec-args"] == {"extension": "205", "user": "101@demo.local"}
    assert json.loads(encode("u", Request("dtmf", {"digits": 'a"\n'})))["exec-args"] == {"digits": 'a"\n'}


def test_a_response_is_a_text_an_object_or_a_text_in_an_object():
    assert answer("+OK L1\n").text == "+OK L1\n"
    assert answer(AUTH).data == AUTH
    listed = answer({"response": '{"101":{"id":"101"}}'})
    assert json.loads(listed.text) == {"101": {"id": "101"}}
    rows = answer({"row_count": 0, "rows": []})
    assert json.loads(rows.text) == {"row_count": 0, "rows": []}
    assert answer(None).text == ""
    assert answer({"response": AUTH}).data == AUTH
    assert json.loads(answer({"response": {"row_count": 0}}).text) == {"row_count": 0}
    assert json.loads(answer([{"queue": "support"}]).text) == [{"queue": "support"}]


@pytest.mark.parametrize(
    ("complete", "body", "ok"),
    [
        ("+OK", "+OK Success\n", True),
        ("-ERR", "-ERR No such channel!\n", False),
        ("+ERR", "cc ready - not found.", False),
        ("-ERR: bad response", None, False),
        ("-ERR", "-ERR no reply\n", True),
        ("+OK", "Channel not open", False),
    ],
)
def test_only_ok_and_no_reply_are_success(complete, body, ok):
    assert answer(body, complete).ok is ok


def test_a_frame_with_an_event_name_is_an_event_with_texts_as_freeswitch_has_them():
    told = frame_of(
        line(
            webitel__event__name="call",
            Event__Name="CHANNEL_CREATE",
            variable_billsec=0,
            variable_w_jsclient_xtransfer=None,
            ws=True,
            Caller__Caller__ID__Name="%D0%98%D0%B2%D0%B0%D0%BD",
            Caller__Caller__ID__Number="+380501112233",
        )
    )
    assert isinstance(told, Told)
    assert (told.kind, told.event.name) == ("call", "CHANNEL_CREATE")
    assert told.event.variable("billsec") == "0"
    assert told.event.get("variable_w_jsclient_xtransfer", "absent") == "absent"
    assert told.event.get("ws") == "true"
    assert told.event.get("Caller-Caller-ID-Name") == "Иван"
    assert told.event.get("Caller-Caller-ID-Number") == "+380501112233"


@pytest.mark.parametrize(
    ("sent", "said"),
    [('\'{"crmId":"7"}\'', '{"crmId":"7"}'), ("'undefined'", ""), ("it's", "it's"), ("", "")],
)
def test_the_engines_own_quotes_are_taken_off(sent, said):
    told = frame_of(line(webitel__event__name="call", Event__Name="CHANNEL_CREATE", variable_webitel_data=sent))
    assert isinstance(told, Told)
    assert told.event.variable("webitel_data") == said


def test_log_in_by_password_then_events_of_the_domain():
    login = Login(Secret("101@demo.local", "pw"), ("SE:CHANNEL_CREATE", "SE:DTMF"))
    asked = login.begin()
    assert (asked.name, asked.args) == ("auth", {"account": "101@demo.local", "secret": "pw"})
    assert "pw" not in repr(asked) + repr(Secret("101", "pw"))
    assert login.take(answer(AUTH)) == Request("login")
    assert login.take(answer("+OK: logged: true")) == Request("subscribe", {"event": "SE:CHANNEL_CREATE", "all": True})
    # An engine that does not know the command yet is asked by its older name.
    older = login.take(answer("subscribe - not found.", "+ERR"))
    assert older == Request("event", {"event": "SE:CHANNEL_CREATE", "all": True})
    assert login.take(answer("-ERR: event subscribed!", "-ERR")) == Request("event", {"event": "SE:DTMF", "all": True})
    assert not login.done
    assert login.take(answer("+OK: subscribe SE:DTMF")) is None
    assert login.done
    assert (login.account, login.domain) == ("101@demo.local", "demo.local")


def test_log_in_by_token_and_only_own_calls():
    login = Login(Token("key", "jwt"))
    assert login.begin().args == {"key": "key", "token": "jwt"}
    login.take(answer(AUTH))
    assert login.take(answer("+OK: logged: true")) is None
    assert login.done


@pytest.mark.parametrize(
    ("body", "complete", "reason"),
    [
        ({"login": {"status": 401, "message": "secret incorrect"}}, "+ERR", "secret incorrect"),
        ("Invalid Token or Key", "-ERR", "Invalid Token or Key"),
        ("Maximum license connections", "-ERR", "Maximum license connections"),
        (None, "-ERR: bad response", "bad response"),
    ],
)
def test_a_refused_log_in_says_why(body, complete, reason):
    login = Login(Secret("101@demo.local", "pw"))
    login.begin()
    with pytest.raises(AuthRefused, match=reason):
        login.take(answer(body, complete))


def test_a_domain_without_rights_is_a_refusal():
    login = Login(Secret("101@demo.local", "pw"), ("SE:CHANNEL_CREATE",))
    login.begin()
    login.take(answer(AUTH))
    login.take(answer("+OK: logged: true"))
    with pytest.raises(AuthRefused, match="Event unregistered"):
        login.take(answer("-ERR: Event unregistered", "-ERR"))


def test_what_would_be_welcome_may_be_refused():
    login = Login(Secret("101@demo.local", "pw"), ("SE:DTMF",), ("SE:RECORD_START", "SE:RECORD_STOP"))
    login.begin()
    login.take(answer(AUTH))
    login.take(answer("+OK: logged: true"))
    assert login.take(answer("+OK: subscribe SE:DTMF")).args["event"] == "SE:RECORD_START"
    older = login.take(answer("subscribe - not found.", "+ERR"))  # of a command that is not known nothing is refused
    assert (older.name, older.args["event"]) == ("event", "SE:RECORD_START")
    assert login.take(answer("-ERR: Event unregistered", "-ERR")).args["event"] == "SE:RECORD_STOP"
    assert login.take(answer("-ERR: Event unregistered", "-ERR")) is None
    assert login.done


def test_the_engine_gives_up_waiting_for_the_log_in():
    login = Login(Secret("101@demo.local", "pw"))
    told = frame_of(line(webitel__event__name="account", Event__Name="DISCONNECT"))
    with pytest.raises(AuthRefused, match="gave up"):
        login.told(told)


@given(st.binary(max_size=200), st.integers(0, 200))
def test_broken_lines_cost_only_themselves(junk, cut):
    good = line(exec__uuid="u1", exec__complete="+OK", exec__response="pong")
    data = junk.replace(b"\n", b" ") + b"\n" + good
    decoder = Decoder()
    frames = decoder.feed(data[:cut]) + decoder.feed(data[cut:])
    assert frames[-1] == Response("u1", "+OK", "pong")
    assert decoder.counts.used + decoder.counts.malformed <= 2


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["exec-uuid", "exec-complete", "exec-response", "webitel-event-name"]), _JSON))
def test_whatever_stands_in_a_frame_it_is_read_or_counted(frame):
    decoder = Decoder()
    decoder.feed(json.dumps(frame).encode() + b"\n")
    assert decoder.counts.used + decoder.counts.malformed == 1


def test_a_line_without_end_is_given_up():
    with pytest.raises(BadFrame):
        Decoder(max_frame_bytes=100).feed(b"x" * 101)
