"""CSV in pieces of any size."""

import pytest
from directory.imports import Bad, BadHeader, Layout, Parser
from directory.imports import users as users_file
from directory.imports.subscribers import LAYOUT, Row
from directory.imports.users import UserRow
from hypothesis import given
from hypothesis import strategies as st

GOOD = (
    "\ufeffexternal_id,name,kind,phone,phone_mobile,email,account,job\r\n"
    "1,Ромашка,account,+7 495 739-70-00,,,,\r\n"
    '2,"Petrov, Ivan",contact,8 495 1112233;8 495 1112244,79161234567,i@p.example,1,"Head\nof sales"\r\n'
    "\r\n"
    "3,Anna,,,,,,"
).encode()


def parsed(data: bytes, size: int = 1 << 20, layout: Layout = LAYOUT) -> list[Row | UserRow | Bad]:
    parser, found = Parser(layout), []
    for at in range(0, len(data), size):
        found += parser.feed(data[at : at + size])
    return [*found, *parser.end()]


def test_rows_with_any_number_of_numbers():
    account, contact, bare = parsed(GOOD)
    assert (account.kind, account.values["name"]) == ("account", "Ромашка")
    assert (contact.line, contact.account, contact.values["job"]) == (3, "1", "Head\nof sales")
    assert [(each["label"], each["value"]) for each in contact.values["communications"]] == [
        ("", "8 495 1112233"), ("", "8 495 1112244"), ("mobile", "79161234567"), ("", "i@p.example"),
    ]  # fmt: skip
    assert (bare.line, bare.kind, list(bare.values["communications"])) == (6, "contact", [])


@given(st.integers(1, 80))
def test_pieces_of_any_size_give_the_same(size):
    assert parsed(GOOD, size) == parsed(GOOD)


@given(st.binary(max_size=300), st.integers(1, 64))
def test_no_bytes_break_it(data, size):
    head = b"external_id,name,phone\n"
    for found in parsed(head + data, size):
        assert found.line >= 2


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("9,,,,,,,", "name is empty"),
        (",Anna,,,,,,", "external_id is empty"),
        ("9,Anna,ghost,,,,,", "kind is 'ghost'"),
        ("9,Anna,contact,none,,,,", "phone: 'none' has no digits"),
        ("9,Anna,account,,,,,Boss", "an account has no job"),
        ("9,Anna,employee,,,,1,", "only a contact has an account"),
        ("9,Anna", "2 cells, but 8 columns"),
        (f"9,{'x' * 600},,,,,,", "length <= 500"),
        ("9,A\0,,,,,,", "NUL"),
        ('9,A"b"c"",,,,,,', "cells, but"),
    ],
)
def test_a_bad_line_is_told_and_the_next_ones_go_on(line, words):
    found = parsed(GOOD.replace(b"3,Anna,,,,,,", line.encode() + b"\n4,Boris,,,,,,"))
    bad = [each for each in found if isinstance(each, Bad)]
    if words == "cells, but" and not bad:  # quotes in the middle of a cell are text
        assert found[2].values["name"] == 'A"b"c""'
    else:
        assert [each.line for each in bad] == [6]
        assert words in bad[0].problem
    assert found[-1].values["name"] == "Boris"


def test_a_line_that_is_not_utf8_is_told():
    found = parsed(b"external_id;name\n1;\xcf\xe5\xf2\xf0\n2;Anna\n")
    assert found[0] == Bad(2, "not UTF-8")
    assert found[1].values["name"] == "Anna"


def test_a_quote_that_is_not_closed_is_told_with_the_line_where_it_began():
    assert parsed(b'external_id,name\n1,Anna\n2,"Boris\n3,Clara\n')[1:] == [
        Bad(3, "a quote that is opened is not closed")
    ]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no line"),
        (b"id,name\n", "unknown columns: 'id'"),
        (b"name\n", "missing columns: external_id"),
        (b"external_id,name,name\n", "twice"),
        (b"\xff\xfe\n", "not UTF-8"),
        (b"x" * 70_000, "no CSV"),
    ],
)
def test_without_known_columns_nothing_is_read(data, words):
    with pytest.raises(BadHeader, match=words):
        parsed(data)


def test_users_with_their_telephones():
    data = (
        "ID;Name;Roles;Active;Extension_Main;extension_old\n"
        '101;Anna;"operator; supervisor;operator";no;101;\n'
        '102;Борис;;;"201;202; 201";7\n'
    ).encode()
    assert parsed(data, layout=users_file.LAYOUT) == [
        UserRow(
            2, {"id": "101", "name": "Anna", "roles": ["operator", "supervisor"], "active": False}, (("Main", "101"),)
        ),
        UserRow(3, {"id": "102", "name": "Борис"}, (("Main", "201"), ("Main", "202"), ("old", "7"))),
    ]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("a.b,Anna,,,", "id"),
        ("1,,,,", "name is empty"),
        ("1,Anna,king,,", "king"),
        ("1,Anna,,perhaps,", "active is 'perhaps'"),
        ("1,Anna,,,1 0", "extension"),
    ],
)
def test_a_bad_user_is_told(line, words):
    head = b"id,name,roles,active,extension_pbx\n"
    bad, good = parsed(head + line.encode() + b"\n2,Boris,,,\n", layout=users_file.LAYOUT)
    assert (bad.line, words in bad.problem) == (2, True), bad
    assert good.values == {"id": "2", "name": "Boris"}


def test_photos_and_mail_are_no_columns_of_users():
    with pytest.raises(BadHeader, match="'email', 'photo_url'; known are id, name, roles, active, and extension_…"):
        parsed(b"id,name,email,photo_url\n", layout=users_file.LAYOUT)
