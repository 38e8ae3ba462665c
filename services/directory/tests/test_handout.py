"""Credentials on their way to a PBX's connector: real NATS, real PostgreSQL."""

import base64
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from cti_bus import Bucket, NoAnswer, answer, connect, ensure, listen
from cti_directory.asking import CredentialQuestions
from cti_directory.credentials import ConnectorKey, Credential
from cti_model import subjects
from cti_model.directory import CredentialEntry
from cti_runtime import Progress
from directory.feed import Feed
from directory.handout import Handout
from directory.identify import Rules
from directory.settings import DirectorySettings
from directory.store import directory as store
from directory.store.directory import Change
from directory.store.secrets import owner_of_credential
from directory.store.tables import CREDENTIALS, USERS
from directory.vault import Vault
from pydantic import ValidationError

from .conftest import METRICS, OLD_KEY

TEXTS = [base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2)]
KEY, OTHER = (ConnectorKey(text) for text in TEXTS)
BOSS = Change("acme", "boss")


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
async def bus(nats_server):
    async with await connect(nats_server.url, "test") as made:
        await ensure(made)
        yield made


@pytest.fixture
async def people(pool):
    """Ann and Bob have a credential each, and Bob is no longer active; the credential of Eve does not open."""
    vault = Vault([OLD_KEY])
    async with pool.acquire() as connection, connection.transaction():
        for user in ("ann", "bob", "eve", "joe"):
            who = {"id": user, "name": user, "roles": ["operator"], "active": user != "bob"}
            await store.create(connection, USERS, BOSS, who, Rules())
        made = {}
        for user in ("ann", "bob", "eve"):
            owner = owner_of_credential("acme", user, "board" if user != "eve" else "elsewhere")
            row = {"user_id": user, "pbx": "board", "login": f"L-{user}", "sealed": vault.seal(f"S-{user}", owner)}
            made[user] = await store.create(connection, CREDENTIALS, BOSS, row, Rules())
    return made


@pytest.fixture
async def handing(bus, pool):
    handout = Handout(pool, Vault([OLD_KEY]), {"board": KEY}, METRICS)
    async with await answer(bus, subjects.ALL_CREDENTIALS, handout.reply, at_once=True):
        yield handout


def asking(bus, key=KEY, tenant="acme", pbx="board", after_s=0) -> CredentialQuestions:
    return CredentialQuestions(bus, key, tenant, pbx, lambda: now() + timedelta(seconds=after_s), timeout_s=30)


async def test_the_pbxs_connector_gets_what_its_operators_sign_in_with(bus, pool, people, handing):
    passed: list[bytes] = []
    async with await listen(bus, ">", lambda heard: passed.append(heard.body)):
        found = await asking(bus).ask(["ann", "bob", "eve", "joe", "nobody"])
        version = f"{people['ann'].id}/1"
        assert found == {"ann": Credential(user="ann", credential=version, login="L-ann", secret="S-ann")}
        await bus.client.flush()
    assert len(passed) >= 2, "the request and its reply were overheard"
    assert not any(b"S-ann" in each or b"L-ann" in each for each in passed)
    rows = await pool.fetch("SELECT * FROM directory.audit WHERE action = 'handed_out' ORDER BY seq")
    assert [(row["actor"], row["entity"], row["entity_id"]) for row in rows] == [
        ("connector:board", "credential", people[user].id) for user in ("ann", "eve")
    ]


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"key": OTHER}, "not asked with the key"),
        ({"pbx": "other"}, "no key is set"),
        ({"after_s": 3600}, "apart from our clock"),
    ],
)
async def test_whoever_cannot_prove_that_they_may_gets_nothing(bus, pool, people, handing, how, words):
    with pytest.raises(NoAnswer, match=words):
        await asking(bus, **how).ask(["ann"])
    await bus.request(subjects.credentials("acme"), b"{}", timeout_s=30)  # no request at all: answered, no crash
    await bus.request(subjects.credentials("acme"), b'{"more": ' + b"[" * 5_000, timeout_s=30)
    assert await asking(bus, tenant="rival").ask(["ann"]) == {}
    assert await pool.fetchval("SELECT count(*) FROM directory.audit WHERE action = 'handed_out'") == 0


async def test_many_users_are_asked_for_in_several_requests(bus, people, handing):
    found = await asking(bus).ask([*(f"u{n}" for n in range(150)), "ann"])
    assert list(found) == ["ann"]


async def test_too_many_at_once_are_told_so(bus, pool):
    handout = Handout(pool, Vault([OLD_KEY]), {"board": KEY}, METRICS, at_once=0)
    async with await answer(bus, subjects.ALL_CREDENTIALS, handout.reply, at_once=True):
        with pytest.raises(NoAnswer, match="too many"):
            await asking(bus).ask(["ann"])


async def test_the_bucket_says_who_has_a_credential_and_which_version(bus, pool, people):
    feed = Feed(pool, Bucket(bus, "cti_directory"), METRICS, Progress(60), poll_s=0.1, compare_s=600)
    key = subjects.directory_credential("acme", "board", "ann")

    async def told() -> str | None:
        while await feed.step():
            pass
        entry = await Bucket(bus, "cti_directory").get(key)
        assert entry is None or b"L-ann" not in entry.value
        return msgspec.json.decode(entry.value, type=CredentialEntry).credential if entry is not None else None

    ann = people["ann"]
    assert await told() == f"{ann.id}/1"
    values = {"user_id": "ann", "pbx": "board", "login": "L-ann", "sealed": b"x"}
    async with pool.acquire() as connection, connection.transaction():
        await store.replace(connection, CREDENTIALS, BOSS, ann.id, 1, values, Rules())
    assert await told() == f"{ann.id}/2"
    async with pool.acquire() as connection, connection.transaction():
        await store.remove(connection, CREDENTIALS, BOSS, ann.id, 2)
    assert await told() is None


def test_the_keys_of_connectors_are_checked_and_shown_nowhere():
    with pytest.raises(ValidationError):
        DirectorySettings(auth="off", connector_keys={"board": "short"})
    settings = DirectorySettings(auth="off", connector_keys={"board": TEXTS[0]})
    assert list(settings.keys_of_connectors()) == ["board"]
    assert TEXTS[0] not in repr(settings)


def test_the_keys_of_connectors_may_be_in_a_file(tmp_path):
    file = tmp_path / "keys"
    file.write_text(f"oktell {TEXTS[0]}\n\nwebitel  {TEXTS[0]}\n")
    settings = DirectorySettings(auth="off", connector_keys_file=file, connector_keys={"board": TEXTS[0]})
    assert sorted(settings.keys_of_connectors()) == ["board", "oktell", "webitel"]
    assert TEXTS[0] not in repr(settings)
    for text, why in (
        ("oktell short", "of the PBX oktell"),
        ("oktell", "of the PBX oktell"),
        ("board x", "line 1: board"),
    ):
        file.write_text(text)
        with pytest.raises(ValidationError, match=why):
            DirectorySettings(auth="off", connector_keys_file=file, connector_keys={"board": TEXTS[0]})
    with pytest.raises(ValidationError, match="connector_keys_file cannot be read"):
        DirectorySettings(auth="off", connector_keys_file=tmp_path / "nowhere")
