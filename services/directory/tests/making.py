"""Items of every kind, made by HTTP, and every request of the API."""

import httpx

PHOTO = "https://crm.example/photos/1.jpg"


ANNA = {"id": "101", "name": "Anna", "roles": ["operator"], "photo_url": PHOTO}


IVAN = {
    "name": "Ivan Petrov",
    "external_id": "c-1",
    "photo_url": PHOTO,
    "communications": [{"value": "8 916 123-45-67", "label": "mobile"}],
}


BODIES = {
    "users": ANNA,
    "extensions": {"user_id": "101", "pbx": "asterisk", "extension": "101"},
    "contacts": IVAN,
    "accounts": {"name": "Ромашка", "city": "Москва", "communications": [{"value": "+7 495 739-70-00"}]},
    "employees": {"name": "Boris", "department": "Sales", "user_id": "101", "communications": [{"value": "102"}]},
    "credentials": {"user_id": "101", "pbx": "oktell", "login": "anna", "secret": "s3cr3t-of-anna"},
    "web-phones": {
        "user_id": "101",
        "pbx": "asterisk",
        "kind": "sip",
        "url": "wss://pbx.example:8089/ws",
        "uri": "sip:101@pbx.example",
        "secret": "s3cr3t-of-the-phone",
    },
}


async def made(client: httpx.AsyncClient, headers: dict[str, str], kind: str, **changes: object) -> dict:
    answer = await client.post(f"/v1/{kind}", json=BODIES[kind] | changes, headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["location"] == f"/v1/{kind}/{answer.json()['id']}"
    return answer.json()


async def all_made(client, headers) -> dict[str, dict]:
    return {kind: await made(client, headers, kind) for kind in BODIES}


def requests_of(client: httpx.AsyncClient, items: dict[str, dict]):
    """Every operation of the API with the path of something that is there; what reads comes first."""
    paths = client._transport.app.openapi_schema.to_schema()["paths"]
    for method in ("get", "put", "delete", "post"):
        for path in (each for each in paths if method in paths[each]):
            kind = path.split("/")[2]
            yield method, path.replace("{entity_id}", items.get(kind, {}).get("id", "")), kind


async def asked(client, method, path, kind, headers):
    body = {name: value for name, value in BODIES.get(kind, {}).items() if method == "post" or name != "id"}
    if kind == "numbering":
        body = {"region": "DE", "search_number_length": 7, "internal_number_length": 4}
    file = b"id,name,extension_pbx\nx,X,1\n" if kind == "imports" else b"external_id,name\nx,X\n"
    content = {"content": file} if "import" in path else {"json": body}
    params = {"number": "89161234567"} if kind == "identify" else {"name": "Ivan"} if kind == "search" else {}
    return await client.request(
        method, path, headers=headers, params=params, **(content if method in ("put", "post") else {})
    )


async def everything(pool) -> dict[str, list]:
    tables = (
        "users",
        "extensions",
        "subscribers",
        "communications",
        "name_words",
        "credentials",
        "web_phones",
        "numbering",
        "audit",
    )
    return {
        table: sorted(map(repr, await pool.fetch(f"SELECT * FROM directory.{table} WHERE tenant = 'acme'")))
        for table in tables
    }


async def imported(client, headers, text: str, path: str = "/v1/contacts/import") -> dict:
    answer = await client.post(path, content=text.encode(), headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()
