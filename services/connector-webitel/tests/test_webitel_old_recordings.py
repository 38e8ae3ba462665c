"""What is kept of the old engine's links to recordings, and that nothing secret of them gets further than the wire."""

import json

import pytest
from connector_webitel.masked import masked, of_hello, of_links
from connector_webitel.old.recordings import location_of

UUID = "5e6659b8-8324-4f9d-b6ed-e7ef06057d07"
LINK = f"http://cdr:4004/api/v2/files/{UUID}?x_key=KEY-1&access_token=a.B_c-d%3D"


@pytest.mark.parametrize(
    ("said", "location"),
    [
        (LINK, UUID),
        (f"https://h/cdr/api/v2/files/{UUID}?file_name=x/y.mp3", UUID),
        (f"{LINK}\n", UUID),
        ("+OK: Not found.", ""),
        ("", ""),
        ("http://[broken", ""),
        ("http://cdr:4004/", ""),
        ("ftp://cdr/api/v2/files/1", ""),
    ],
)
def test_of_a_link_only_the_last_part_of_its_path_is_kept(said, location):
    assert location_of(said) == location


@pytest.mark.parametrize(
    "said",
    [
        LINK,
        {"response": LINK},
        f"{LINK}&file_name=a b",
        LINK.replace("&", "\\u0026"),
        LINK.replace("=", "%3D"),
        f"http://cdr/api?access_token=a.B_c-d&x_key=KEY-1&id={UUID}",
    ],
)
def test_a_frame_has_no_key_and_no_token_and_is_the_same_else(said):
    frame = {"exec-uuid": "u", "exec-complete": "+OK", "exec-response": said}
    seen = of_links(json.dumps(frame).encode())
    assert b"KEY-1" not in seen
    assert b"B_c" not in seen
    again = json.loads(seen)
    assert (again["exec-uuid"], again["exec-complete"]) == ("u", "+OK")
    assert UUID in json.dumps(again["exec-response"])


def test_other_frames_are_as_they_were():
    for frame in ({"webitel-event-name": "call", "Unique-ID": UUID}, {"exec-response": "+OK 5"}, {"x_key": 1}):
        data = json.dumps(frame).encode()
        assert of_links(data) == data


class Once:
    """A transport that has one thing to say."""

    where = "here"

    async def read(self) -> bytes:
        return json.dumps({"exec-response": LINK}).encode()


async def test_what_is_read_over_a_masked_connection_is_masked():
    async def opening() -> Once:
        return Once()

    kept = await (await masked(opening, of_links)()).read()
    assert b"KEY-1" not in kept
    assert UUID.encode() in kept
    assert b"KEY-1" in await (await masked(opening, of_hello)()).read()
