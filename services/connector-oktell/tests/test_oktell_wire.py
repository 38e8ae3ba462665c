"""The wire: frames, parts, hashes, refusals, versions, start-up. Values of hashes: oktell.js 1.8.4, run."""

import json
from typing import Any

import msgspec
import pytest
from connector_oktell.wire import (
    EVENTS,
    Credentials,
    Decoder,
    Frame,
    LoginRefused,
    Redirected,
    StartUp,
    TooOld,
    can,
    encoded,
    hashed,
    in_parts,
)
from cti_connector.frames import BadFrame, Counts
from cti_connector.session import Refusal
from hypothesis import given
from hypothesis import strategies as st

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
_FIELDS = st.dictionaries(st.text(max_size=12), _JSON, max_size=5)


@pytest.mark.parametrize(
    ("password", "exact", "lower"),
    [
        ("Secret1", "d6cb2342e44efb6dd628276f36da2359", "e52d98c459819a11775936d8dfbb7929"),
        ("Пароль1", "36c0a954ef35ce99ecc3626a739157ee", "10dcd8286cb863a70b894f2b6976d35f"),
    ],
)
def test_both_hashes_are_of_windows_1251(password: str, exact: str, lower: str) -> None:
    assert hashed(password) == exact
    assert hashed(password.lower()) == lower


def test_a_character_that_windows_1251_lacks_is_left_out() -> None:
    assert hashed("a\u0394b") == hashed("ab")


@given(st.binary(max_size=400))
def test_whatever_comes_nothing_breaks(data: bytes) -> None:
    Decoder().feed(data + b"\n")


@given(_JSON)
def test_whatever_json_comes_nothing_breaks(value: Any) -> None:
    decoder = Decoder()
    decoder.feed(json.dumps(value).encode() + b"\n")
    decoder.feed(json.dumps(["multipart", value]).encode() + b"\n")
    decoder.feed(json.dumps(["multipart", {"packetcount": value, "packetnumber": value, "content": value}]).encode())
    assert decoder.feed(b'\n["pong",{"qid":"1"}]\n') == [Frame("pong", {"qid": "1"})]


@given(st.text(min_size=1, max_size=12), _FIELDS, st.integers(1, 40))
def test_a_frame_cut_anywhere_is_read_whole(name: str, fields: dict[str, Any], size: int) -> None:
    frame = Frame("m" + name, fields)
    data = encoded(frame) * 2
    decoder = Decoder()
    found = [each for at in range(0, len(data), size) for each in decoder.feed(data[at : at + size])]
    assert found == [frame, frame]
    assert decoder.counts == Counts(used=2)


@given(_FIELDS, st.integers(4, 64), st.randoms())
def test_parts_in_any_order_give_the_frame(fields: dict[str, Any], most: int, rng: Any) -> None:
    frame = Frame("large", {**fields, "text": "Абонент 😀" * 4})
    lines = in_parts(frame, "id-1", most).splitlines(keepends=True)
    for line in lines:
        part = msgspec.json.decode(line)[1]
        assert part["packetcount"] == len(lines)
    rng.shuffle(lines)
    assert Decoder().feed(b"".join(lines)) == [frame]


def test_no_part_cuts_a_character() -> None:
    import base64

    lines = in_parts(Frame("m", {"t": "Ж😀" * 20}), "id", 7).splitlines()
    assert all(base64.b64decode(msgspec.json.decode(each)[1]["content"]).decode("utf-8") for each in lines)


def test_a_short_frame_goes_in_one_piece() -> None:
    frame = Frame("ping", {"qid": "1"})
    assert in_parts(frame, "id", 2048) == encoded(frame)


def test_a_line_without_end_is_given_up() -> None:
    decoder = Decoder(100)
    with pytest.raises(BadFrame):
        decoder.feed(b"x" * 101)


def test_lines_without_a_frame_are_counted() -> None:
    decoder = Decoder()
    assert decoder.feed(b'nonsense\n{"a":1}\n[1,{}]\n\n["ok",{}]\n') == [Frame("ok", {})]
    assert decoder.counts == Counts(used=1, malformed=3)


@pytest.mark.parametrize(
    ("fields", "ok"),
    [
        ({}, True),
        ({"result": 1}, True),
        ({"result": True}, True),
        ({"result": 0}, False),
        ({"result": False}, False),
        ({"result": 1, "error": 5}, False),
        ({"result": 1, "errormsg": "no"}, False),
    ],
)
def test_what_an_answer_says(fields: dict[str, Any], ok: bool) -> None:
    assert Frame("x", fields).ok is ok


CHAIN = ["ping", "login", "getversion", "getmyuserinfo", "cc_getlunchtypes", "subscribeevent"]
ANSWERS: dict[str, dict[str, Any]] = {
    "ping": {},
    "login": {"result": 1, "userid": "u-1", "sessionid": "s-1"},
    "getversion": {"result": 1, "version": {"dated": 150416}},
    "getmyuserinfo": {"result": 1, "username": "Ivanov", "mainpbxnumber": "101"},
    "cc_getlunchtypes": {"items": [{"id": 3, "name": "Lunch"}, {"id": "4", "name": "Training"}]},
    "subscribeevent": {"result": 1},
}


def start(changes: dict[str, dict[str, Any]] | None = None, **how: Any) -> tuple[StartUp, list[str]]:
    """A start-up driven to its end with these answers, and the methods that it asked."""
    begun, asked = StartUp(Credentials("ivanov", "Secret1"), **how), []
    while not begun.done:
        method, _ = begun.question()
        asked.append(method)
        begun.answered(Frame(f"{method}result", (changes or {}).get(method, ANSWERS[method])))
    return begun, asked


def test_the_start_up_asks_one_thing_after_another() -> None:
    begun, asked = start()
    assert asked == CHAIN
    assert (begun.me.user_id, begun.me.name, begun.me.number) == ("u-1", "Ivanov", "101")
    assert begun.lunch == {3: "Lunch", "4": "Training"}
    assert begun.dated == 150416


def test_the_log_in_has_both_hashes_and_no_password() -> None:
    begun = StartUp(Credentials("ivanov", "Secret1"), skip_ping=True)
    method, fields = begun.question()
    assert method == "login"
    assert fields["Password"] == hashed("Secret1")
    assert fields["password"] == hashed("secret1")
    assert "Secret1" not in repr(fields) + repr(Credentials("ivanov", "Secret1"))


def test_after_a_redirection_the_log_in_comes_at_once() -> None:
    with pytest.raises(Redirected):
        StartUp(Credentials("ivanov", "x")).answered(Frame("websocketredirect", {"qid": "1"}))
    assert start(skip_ping=True)[1] == CHAIN[1:]


def test_all_events_are_asked_for() -> None:
    begun = StartUp(Credentials("ivanov", "x"))
    for method in CHAIN[:-1]:
        begun.answered(Frame(f"{method}result", ANSWERS[method]))
    assert begun.question() == ("subscribeevent", {"eventmethod": list(EVENTS)})


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"result": 0, "error": 50093}, Refusal.IN_USE),
        ({"result": 0, "error": 50025}, Refusal.LICENCE),
        ({"errormsg": "Service not available"}, Refusal.NOT_AVAILABLE),
        ({"result": 1, "errormsg": "Wrong login/pass combination", "error": 1}, Refusal.WRONG_PASSWORD),
        ({"errormsg": "Bad request. Session does not exist"}, Refusal.WRONG_PASSWORD),
        ({"errormsg": "something new"}, Refusal.OTHER),
        ({"result": 0}, Refusal.OTHER),
        ({"result": 1}, Refusal.OTHER),
        ({"error": ["odd"]}, Refusal.OTHER),
    ],
)
def test_why_a_log_in_fails(answer: dict[str, Any], reason: Refusal) -> None:
    with pytest.raises(LoginRefused) as caught:
        start({"login": answer})
    assert caught.value.reason is reason


def test_an_old_oktell_is_told_apart() -> None:
    with pytest.raises(TooOld):
        start({"getversion": {"version": {"dated": 111231}}})
    with pytest.raises(TooOld):
        start({"getversion": {}})
    begun, asked = start({"getversion": {"version": {"dated": 121231}}})
    assert "cc_getlunchtypes" not in asked
    assert not can(begun.dated, "pbxanswercall")
    assert can(begun.dated, "pbxmakeflash")


def test_a_refused_user_info_ends_the_start() -> None:
    with pytest.raises(LoginRefused):
        start({"getmyuserinfo": {"result": 0}})
    assert start({"cc_getlunchtypes": {"result": 0}})[0].lunch == {}
