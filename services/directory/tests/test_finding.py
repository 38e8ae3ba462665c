"""Who has a number, and who has a name."""

import itertools

from cti_model.directory import Match
from directory.identify import Rules
from directory.lookup import Lookup
from directory.store.planning import lookups

from .conftest import METRICS
from .making import PHOTO, all_made, imported, made


async def test_identify(client, bearer):
    await all_made(client, bearer())
    await made(client, bearer(), "contacts", name="Jane", external_id=None, communications=[{"value": "+442071234567"}])

    async def who(number: str) -> list[tuple[str, str]]:
        answer = await client.get("/v1/identify", params={"number": number}, headers=bearer("operator"))
        assert answer.status_code == 200, answer.text
        return [(each["name"], each["match"]) for each in answer.json()["candidates"]]

    assert await who("+7 (916) 123-45-67") == [("Ivan Petrov", "e164"), ("Jane", "suffix")]
    assert await who("84957397000") == [("Ромашка", "e164")]
    assert await who("1234567") == [("Ivan Petrov", "suffix"), ("Jane", "suffix")]
    assert await who("102") == [("Boris", "digits")]
    assert await who("anonymous") == []
    assert await who("103") == []
    assert (await client.get("/v1/identify", headers=bearer())).status_code == 400


async def test_a_photo_is_told_with_its_person_and_goes_with_them(client, bearer, pool, caplog, capfd):
    kinds = {kind: await made(client, bearer(), kind) for kind in ("users", "contacts", "accounts", "employees")}
    assert {kind: each["photo_url"] for kind, each in kinds.items()} == {
        "users": PHOTO, "contacts": PHOTO, "accounts": "", "employees": "",
    }  # fmt: skip

    async def told(number: str) -> list[str | None]:
        answer = await client.get("/v1/identify", params={"number": number}, headers=bearer("operator"))
        return [each.get("photo_url") for each in answer.json()["candidates"]]

    async def found() -> list[str | None]:
        answer = await client.get("/v1/search", params={"name": "ivan"}, headers=bearer("operator"))
        return [each.get("photo_url") for each in answer.json()["by_name"]]

    assert (await told("+79161234567"), await told("84957397000"), await found()) == ([PHOTO], [None], [PHOTO])
    ivan = kinds["contacts"]
    text = f"external_id,name,phone,photo_url\nc-1,Ivan Petrov,8 916 123-45-67,{PHOTO}?v=2\nc-2,Olga,,photo.jpg\n"
    report = await imported(client, bearer(), text)
    assert (report["updated"], report["bad"][0]["line"], "photo_url" in report["bad"][0]["problem"]) == (1, 3, True)
    assert await told("+79161234567") == [PHOTO + "?v=2"]
    gone = await client.delete(f"/v1/contacts/{ivan['id']}", headers=bearer(**{"If-Match": '"2"'}))
    assert (gone.status_code, await told("+79161234567"), await found()) == (204, [], [])
    assert await pool.fetchval("SELECT count(*) FROM directory.subscribers WHERE photo_url <> ''") == 0
    assert "crm.example" not in caplog.text + "".join(capfd.readouterr())


async def test_the_best_match_is_found_among_many_that_end_alike(client, bearer, pool):
    item = await made(client, bearer(), "contacts")
    await pool.execute(
        "INSERT INTO directory.subscribers (tenant, id, kind, name, folded) "
        "SELECT 'acme', '!' || n, 'contact', 'A' || n, 'a' FROM generate_series(1, 1000) n"
    )
    await pool.execute(
        "INSERT INTO directory.communications SELECT 'acme', '!' || n, 0, 'phone', '', n || '1234567', n || '1234567', "
        "reverse(n || '1234567'), '' FROM generate_series(1, 1000) n"
    )
    answer = await client.get("/v1/identify", params={"number": "+79161234567"}, headers=bearer())
    found = answer.json()["candidates"]
    assert (found[0]["id"], len(found)) == (item["id"], 20)


async def test_search(client, bearer):
    await made(client, bearer(), "users")
    for name in ("Ёлкина Анна", "Müller, Jörg", "Ivan Petrov", "Petr Ivanov", "ООО «Петрович»"):
        await made(client, bearer(), "contacts", name=name, external_id=None)
    await made(client, bearer(), "employees", name="Иван Петрович")

    async def found(query: str) -> list[str]:
        answer = await client.get("/v1/search", params={"name": query}, headers=bearer("operator"))
        assert answer.status_code == 200, answer.text
        return [each["name"] for each in answer.json()["by_name"]]

    assert await found("елк") == ["Ёлкина Анна"]
    assert await found("muller") == await found("JÖR") == ["Müller, Jörg"]
    assert await found("petr iv") == ["Ivan Petrov", "Petr Ivanov"]
    assert await found("петрович") == ["Иван Петрович", "ООО «Петрович»"]
    assert await found("etrov") == ["Ivan Petrov"], "the middle of a word, since no word begins so"
    assert await found("%%%abc") == []
    short = await client.get("/v1/search", params={"name": "iv"}, headers=bearer())
    assert (short.status_code, "3 letters" in short.json()["detail"]) == (422, True)
    number = await client.get("/v1/search", params={"name": "+7 (916) 123"}, headers=bearer())
    assert number.json()["by_name"] == []
    numbers = await client.get("/v1/search", params={"name": "123-45-67"}, headers=bearer())
    assert {each["match"] for each in numbers.json()["by_number"]} == {"suffix"}


async def test_a_tenants_own_numbering(client, bearer):
    default = await client.get("/v1/numbering", headers=bearer())
    assert (default.json()["region"], default.headers["etag"]) == ("RU", '"0"')
    body = {"region": "DE", "search_number_length": 8, "internal_number_length": 2}
    changes = itertools.count()
    for version, status in (("0", 200), ("0", 412), ("1", 200), ("7", 412)):
        answer = await client.put("/v1/numbering", json=body, headers=bearer(**{"If-Match": f'"{version}"'}))
        assert answer.status_code == status, (next(changes), answer.text)
    assert answer.headers["content-type"] == "application/problem+json"
    await made(client, bearer(), "contacts", communications=[{"value": "030 1234567"}])
    answer = await client.get("/v1/identify", params={"number": "+49 30 1234567"}, headers=bearer())
    assert answer.json()["candidates"][0]["match"] == "e164"
    bad = await client.put("/v1/numbering", json=body | {"region": "XX"}, headers=bearer(**{"If-Match": '"2"'}))
    assert (bad.status_code, "XX" in bad.json()["detail"]) == (422, True)


async def test_rules_changed_at_another_instance_are_in_force_at_once(client, bearer, pool, postgres_dsn):
    await made(client, bearer(), "contacts", communications=[{"value": "+7 495 739-70-00"}])
    async with lookups(postgres_dsn, 2) as numbers:
        lookup = Lookup(numbers, Rules(), METRICS, None, 8)
        assert await lookup.candidates("acme", "withheld") == []
        assert [each.match for each in await lookup.candidates("acme", "+44 20 5739 7000")] == [Match.SUFFIX]
        for length, matches in ((9, []), (7, [Match.SUFFIX])):
            await pool.execute(
                "INSERT INTO directory.numbering AS n (tenant, region, search_number_length, internal_number_length) "
                "VALUES ('acme', 'RU', $1, 4) ON CONFLICT (tenant) DO UPDATE SET search_number_length = $1, "
                "version = n.version + 1",
                length,
            )
            found = await lookup.candidates("acme", "+44 20 5739 7000")
            assert [each.match for each in found] == matches
            assert [each.match for each in await lookup.candidates("acme", "8 495 7397000")] == [Match.E164]
            assert await lookup.candidates("rival", "8 495 7397000") == []
