"""Recordings: what is known of them, who may hear them, and that everybody who does is written down."""

import jwt
import pytest
from call_journal.audio.folder import Folder
from call_journal.audio.links import opened
from call_journal.audio.listening import Listening
from call_journal.project import project
from call_journal.project.recordings import RecordingRow
from call_journal.rebuild import rebuild
from call_journal.settings import NAME
from call_journal.verify import verify
from cti_model import ids
from cti_model.events import Conferenced, RecordingStarted, RecordingStopped

from .history import bearer, client_of, got
from .telling import AT, inbound, journalled, told

SOUND = bytes(range(256)) * 40
ID = ids.recording_id("replay", "pbx", "rec-1")
OWN = bearer("101", "operator")
KEY = b"k" * 32


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "rec-1.wav").write_bytes(SOUND)
    return Folder(tmp_path, strip="", file="{recording_id}.wav", most_bytes=10**6, deletes=True)


@pytest.fixture
async def client(pool, folder):
    """A supervisor's client of a journal with two recorded calls; operators may hear their own."""
    await journalled(pool, inbound())
    await journalled(pool, inbound("c2", AT.replace(hour=11), user="102", recording="rec-2", number="+79990000000"))
    listening = Listening(places={"pbx": folder}, own=True, key=KEY)
    async with client_of(pool, listening) as made:
        yield made


async def linked(client, headers=None, recording=ID, **wish):
    answer = await client.post(f"/v1/recordings/{recording}/link", json=wish, headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.json()["url"]


async def accesses(client):
    rows = await got(client, f"/v1/recordings/{ID}/accesses")
    return [(each["how"], each["user"], each["granted_by"], each["requests"]) for each in rows]


@pytest.mark.parametrize("size", [1, 2, 100])
async def test_a_recording_is_pieced_together_however_the_batches_fall(pool, postgres_dsn, size):
    events = inbound(location="x/rec-1.wav")
    await journalled(pool, events, size)
    [row] = await pool.fetch("SELECT * FROM recording")
    started, stopped, stored = (
        next(each.occurred_at for each in events if each.kind == f"recording_{kind}")
        for kind in ("started", "stopped", "stored")
    )
    assert (row["began_at"], row["started_at"], row["stopped_at"], row["stored_at"]) == (
        started, started, stopped, stored,
    )  # fmt: skip
    assert (row["recording"], row["recording_id"], row["device"], row["location"], row["native_id"]) == (
        ID, "rec-1", "101", "x/rec-1.wav", "PJSIP/101-0000001a",
    )  # fmt: skip
    assert [each async for page in verify(pool) for each in page.differences] == []
    built = await rebuild(pool, postgres_dsn, NAME)
    assert set(built.differences.values()) == {0}
    assert dict((await pool.fetch("SELECT * FROM recording"))[0]) | {"stream_seq": 0} == dict(row) | {"stream_seq": 0}


def test_without_facts_about_it_there_is_no_recording():
    assert project(enumerate(inbound(recording=None), 1)).recordings == []
    [row] = project(enumerate(inbound(), 1)).recordings
    assert isinstance(row, RecordingRow)


async def test_a_recording_that_goes_with_its_connection_to_another_call_is_one(pool, client):
    events = inbound("c3", AT.replace(hour=12), recording=None)[:3]
    connection = events[-1].call.connections[1]
    facts = [each.fact for each in events]
    first = told("c3", AT.replace(hour=12), [*facts, RecordingStarted(
        connection_id=connection.connection_id, recording_id="rec-3"),
        Conferenced(departed=(connection.connection_id,), merged_into="c4")])  # fmt: skip
    second = told("c4", AT.replace(hour=12, minute=1), [Conferenced(joined=(connection,)),
        RecordingStopped(connection_id=connection.connection_id, recording_id="rec-3")])  # fmt: skip
    await journalled(pool, [*first, *second])
    items = (await got(client, "/v1/recordings", **{"from": AT.replace(hour=12).isoformat()}))["items"]
    assert [(each["recording_id"], each["call_id"], each["duration_s"]) for each in items] == [("rec-3", "c4", 58.0)]
    assert [each async for page in verify(pool) for each in page.differences] == []


async def test_recordings_are_listed_and_asked_for_by_what_people_know(client):
    item = {
        "id": ID, "call_id": "c1", "pbx": "pbx", "recording_id": "rec-1", "connection_id": "c1-phone", "device": "101",
        "state": "ended", "began_at": "2026-03-27T10:00:03Z", "started_at": "2026-03-27T10:00:03Z",
        "stopped_at": "2026-03-27T10:00:06Z", "stored_at": None, "duration_s": 3.0, "content_type": "audio/x-wav",
        "audible": True, "gone_at": None, "gone_because": None,
    }  # fmt: skip
    assert await got(client, "/v1/calls/c1/recordings") == {"items": [item], "next": None}
    for asked, found in (
        ({}, ["rec-2", "rec-1"]), ({"user": "101"}, ["rec-1"]), ({"number": "916 123"}, ["rec-1"]),
        ({"pbx": "other"}, []), ({"to": "2026-03-27T11:00:00Z"}, ["rec-1"]), ({"user": "103"}, []),
    ):  # fmt: skip
        page = await got(client, "/v1/recordings", **asked)
        assert [each["recording_id"] for each in page["items"]] == found, asked
    page = await got(client, "/v1/recordings", limit=1)
    page = await got(client, "/v1/recordings", limit=1, cursor=page["next"])
    assert ([each["recording_id"] for each in page["items"]], page["next"]) == (["rec-1"], None)


async def test_operators_hear_their_own_calls_if_they_may_and_nobody_hears_another_tenants(pool, client, folder):
    async def heard(headers, recording=ID):
        listed = [each["id"] for each in (await got(client, "/v1/recordings", headers))["items"]]
        path = f"/v1/recordings/{recording}"
        codes = {
            (await client.get(f"{path}/sound", headers=headers)).status_code,
            (await client.post(f"{path}/link", json={}, headers=headers)).status_code,
        }
        assert (recording in listed) == bool(codes & {200, 201})
        return codes

    assert await heard(OWN) == {200, 201}
    assert await heard(bearer("102", "operator")) == {404}
    assert await heard(bearer("boss", "integrator")) == {200, 201}
    assert await heard(bearer("101", "operator", tenant="rival")) == {404}
    assert await heard(bearer("boss", tenant="rival")) == {404}
    async with client_of(pool, Listening(places={"pbx": folder}, roles=frozenset({"admin"}))) as client:
        assert await heard(OWN) == {404}
        assert await heard(bearer()) == {404}
        assert await heard(bearer("boss", "admin")) == {200, 201}


async def test_whoever_shares_the_extension_took_part(pool, client):
    def owners(tenant, pbx, device, at):
        return ("anna", "berta")

    await journalled(pool, inbound("c6", AT.replace(hour=14), recording="rec-6"), owners=owners)
    for user, found in (("anna", ["rec-6"]), ("berta", ["rec-6"]), ("clara", [])):
        items = (await got(client, "/v1/recordings", bearer(user, "operator")))["items"]
        assert [each["recording_id"] for each in items] == found, user


async def test_a_link_is_heard_without_a_token_and_only_as_it_was_given(client):
    url = await linked(client, seconds=20)
    client.headers.pop("authorization")
    answer = await client.get(url)
    assert (answer.status_code, answer.content) == (200, SOUND)
    assert answer.headers["content-type"] == "audio/x-wav"
    assert "no-store" in answer.headers["cache-control"]
    head, payload, signature = url.rsplit("/", 1)[1].split(".")
    claims = jwt.decode(f"{head}.{payload}.{signature}", options={"verify_signature": False})
    other = ids.recording_id("replay", "pbx", "rec-2")
    for forged in (
        f"{head}.{payload}.{signature[:-4]}AAAA",
        f"{head}.{payload}.",
        jwt.encode(claims | {"rec": other}, b"x" * 32, algorithm="HS256"),
        jwt.encode(claims, None, algorithm="none"),
        f"{head}.{jwt.encode(claims | {'rec': other}, KEY).split('.')[1]}.{signature}",
        "nonsense",
    ):
        answer = await client.get(f"/v1/listen/{forged}")
        assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json"), forged
    past = jwt.encode(claims | {"exp": claims["exp"] - 3600}, KEY)
    answer = await client.get(f"/v1/listen/{past}")
    assert (answer.status_code, answer.json()["detail"]) == (401, "the link has expired")


async def test_a_link_is_no_token_and_a_token_is_no_link(client):
    url = await linked(client)
    text = url.rsplit("/", 1)[1]
    answer = await client.get("/v1/recordings", headers={"Authorization": f"Bearer {text}"})
    assert answer.status_code == 401
    token = bearer()["Authorization"].split()[1]
    assert (await client.get(f"/v1/listen/{token}", headers={"Authorization": ""})).status_code == 401
    assert opened(text, KEY).listener == "boss"


async def test_a_link_lasts_no_longer_than_the_site_allows(client):
    answer = await client.post(f"/v1/recordings/{ID}/link", json={"seconds": 86_400})
    claims = jwt.decode(answer.json()["url"].rsplit("/", 1)[1], options={"verify_signature": False})
    again = await client.post(f"/v1/recordings/{ID}/link", json={"seconds": 1})
    later = jwt.decode(again.json()["url"].rsplit("/", 1)[1], options={"verify_signature": False})
    assert 290 <= claims["exp"] - later["exp"] <= 300
    assert (await client.post(f"/v1/recordings/{ID}/link", json={"seconds": 0})).status_code == 400


async def test_everybody_who_listens_is_written_down_before_the_first_byte(pool, client):
    assert await accesses(client) == []
    for _ in range(3):
        answer = await client.get(f"/v1/recordings/{ID}/sound", headers={"Range": "bytes=1-", **OWN})
        assert answer.status_code == 206
    url = await linked(client, bearer("crm", "integrator"), listener="anna")
    await client.get(url, headers={"Authorization": ""})
    assert await accesses(client) == [
        ("listened", "anna", "crm", 1), ("link", "anna", "crm", 1), ("token", "101", "101", 3),
    ]  # fmt: skip
    answer = await client.post(f"/v1/recordings/{ID}/link", json={"listener": "anna"})
    assert answer.status_code == 403, "a supervisor speaks for nobody else"
    assert (await client.get(f"/v1/recordings/{ID}/accesses", headers=OWN)).status_code == 404
    await pool.execute("ALTER TABLE recording_access RENAME TO away")
    answer = await client.get(f"/v1/recordings/{ID}/sound")
    assert answer.status_code == 500
    assert SOUND[:16] not in answer.content, "what cannot be written down is not heard"


@pytest.mark.parametrize(
    ("asked", "status", "first", "last"),
    [
        (None, 200, 0, 10_239), ("bytes=0-", 206, 0, 10_239), ("bytes=0-0", 206, 0, 0),
        ("bytes=-5", 206, 10_235, 10_239),
        ("bytes=100-199", 206, 100, 199), ("bytes=10000-99999", 206, 10_000, 10_239), ("bytes=-99999", 206, 0, 10_239),
        ("bytes=9-5", 200, 0, 10_239), ("bytes=0-1,5-6", 200, 0, 10_239), ("pages=1-2", 200, 0, 10_239),
        ("bytes=10240-", 416, None, None), ("bytes=-0", 416, None, None),
    ],
)  # fmt: skip
async def test_a_range_of_bytes_is_answered_as_http_says(client, asked, status, first, last):
    answer = await client.get(f"/v1/recordings/{ID}/sound", headers={"Range": asked} if asked else {})
    assert answer.status_code == status
    if status == 416:
        assert answer.headers["content-range"] == "bytes */10240"
        return
    assert answer.content == SOUND[first : last + 1]
    assert int(answer.headers["content-length"]) == last + 1 - first
    if status == 206:
        assert answer.headers["content-range"] == f"bytes {first}-{last}/10240"


async def test_a_link_that_was_given_before_the_recording_went_is_answered_404(pool, client):
    url = await linked(client)
    await pool.execute("INSERT INTO recording_gone VALUES ('replay', $1, now(), 'erased')", ID)
    assert (await client.get(url)).status_code == 404
    assert [each[0] for each in await accesses(client)] == ["link"]


async def test_what_runs_or_lies_nowhere_is_not_handed_out(pool, client):
    events = inbound("c5", AT.replace(hour=13), recording="rec-5")
    await journalled(pool, events[:5])
    running = ids.recording_id("replay", "pbx", "rec-5")
    [item] = (await got(client, "/v1/calls/c5/recordings"))["items"]
    assert (item["state"], item["audible"], item["duration_s"]) == ("running", False, None)
    assert (await client.get(f"/v1/recordings/{running}/sound")).status_code == 409
    await journalled(pool, events[5:6] + events[7:])  # its end is not told: it ends with its call
    [item] = (await got(client, "/v1/calls/c5/recordings"))["items"]
    assert (item["state"], item["duration_s"]) == ("ended", 5.0)
    assert (await client.get(f"/v1/recordings/{running}/sound")).status_code == 404, "no such file"
    await pool.execute("INSERT INTO recording_gone VALUES ('replay', $1, now(), 'retention')", ID)
    [item] = (await got(client, "/v1/calls/c1/recordings"))["items"]
    assert (item["state"], item["gone_because"], item["audible"]) == ("gone", "retention", False)
    assert (await client.get(f"/v1/recordings/{ID}/sound")).status_code == 404
    assert (await client.post(f"/v1/recordings/{ID}/link", json={})).status_code == 404
