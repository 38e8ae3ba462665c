"""Where a photo may be: absolute addresses over HTTP, nothing else. What was told before there were photos reads."""

import re

import msgspec
import pytest
from cti_model.directory import PHOTO_URL, PHOTO_URL_MOST, Candidate, Match, SubscriberKind, UserEntry, photo_url
from cti_model.journal import Identified

IVAN = Candidate(id="1", kind=SubscriberKind.CONTACT, name="Ivan", number="1", match=Match.E164, matched_digits=1)


@pytest.mark.parametrize(
    "url",
    [
        "https://crm.example/photos/1.jpg", "http://10.0.0.5:8080/p?id=1&size=96", "https://photos.crm.example:8443/a.png",
        "https://crm.example", "https://crm.example/%D0%98%D0%B2%D0%B0%D0%BD.jpg",
    ],
)  # fmt: skip
def test_an_address_over_http_is_one(url):
    assert photo_url(url) == url


@pytest.mark.parametrize(
    "text",
    [
        None, "", "https://[::1]/1.jpg", "photo.jpg", "/photos/1.jpg", "//crm.example/1.jpg",
        "data:image/png;base64,AA", "javascript:alert(1)", "ftp://crm.example/1.jpg", "file:///etc/passwd", "https://", "https://anna:secret@crm.example/1.jpg",
        "https://crm.example/1 2.jpg", 'https://crm.example/"><script>', "https://crm.example\\@evil.example/",
        "https://crm.example/1.jpg\n", "https://crm.example/Иван.jpg", " https://crm.example/1.jpg",
        "https://crm.example/" + "x" * PHOTO_URL_MOST,
    ],
)  # fmt: skip
def test_anything_else_is_none(text):
    assert photo_url(text) == ""


def test_that_there_is_none_may_be_said():
    assert re.search(PHOTO_URL, "")


def test_without_a_photo_nothing_is_said_and_older_messages_read():
    fact = Identified(connection_id="c", contact_id="1", candidates=(IVAN,))
    told = msgspec.json.encode(fact)
    assert b"photo" not in told
    assert msgspec.json.decode(told, type=Identified) == fact
    assert b"photo" not in msgspec.json.encode(UserEntry(id="101", name="Anna"))
