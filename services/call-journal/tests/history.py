"""Made-up history by the thousand, the signed tokens to read it with, and a client."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import httpx
import jwt
from call_journal.api.app import api
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cti_api.signin import by_key, by_token
from cti_runtime.auth import Rules, Verifier

KEY = Ed25519PrivateKey.generate()
PUBLIC = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
IDENTIFY = by_token(by_key(Verifier(PUBLIC, Rules(("EdDSA",), "i", "a"))))

# Call i begins i * {every} s after the first. Every second one is inbound, two fifths of those in a queue; outcomes,
# waits and talks repeat with periods that share no divisor, so that every combination occurs.
_CALLS = """
    CREATE TEMPORARY TABLE made AS
    SELECT i, 'call-' || i AS call_id, i % 2 = 0 AS inbound, i % 4 = 1 AS internal,
           CASE WHEN i % 10 = 0 THEN 'sales' WHEN i % 10 = 2 THEN 'support' ELSE '' END AS queue,
           '10' || i % 7 AS user_id, '+7903' || lpad((i % 97)::text, 7, '0') AS number,
           CASE i % 5 WHEN 0 THEN '' WHEN 1 THEN '=cmd|'' /C calc''!A0' ELSE $4 || ' ' || i % 97 END AS name,
           $2::timestamptz + i * $3::interval AS started, (i % 41) * interval '1 second' AS wait,
           (i % 301) * interval '1 second' AS talk, i % 3 <> 0 AS answered, i % 53 <> 0 AS ended
    FROM generate_series(0, $1 - 1) AS i
"""
_INSERTS = (
    """
    INSERT INTO call
    SELECT $1, call_id, 'pbx', 1, i, CASE WHEN inbound THEN 'inbound' WHEN internal THEN 'internal' ELSE 'outbound' END,
           '700', queue, started, CASE WHEN answered THEN started + wait END,
           CASE WHEN ended THEN started + wait + CASE WHEN answered THEN talk ELSE interval '0' END END, NULL, NULL,
           jsonb_build_object(
               'call_id', call_id, 'tenant', $1, 'pbx', 'pbx', 'version', 1, 'started_at', started,
               'direction', CASE WHEN inbound THEN 'inbound' WHEN internal THEN 'internal' ELSE 'outbound' END,
               'queue', queue, 'connections', jsonb_build_array(jsonb_build_object(
                   'connection_id', 'line-' || i, 'device', jsonb_build_object('number', '700', 'kind', 'trunk'),
                   'direction', CASE WHEN inbound THEN 'out' ELSE 'in' END, 'state', 'null',
                   'started_at', started, 'changed_at', started,
                   'party', jsonb_build_object('number', number, 'name', name))))
    FROM made
    """,
    """
    INSERT INTO call_record
    SELECT $1, 'connection-' || i, call_id, 'pbx', i, user_id, user_id, CASE WHEN inbound THEN 'in' ELSE 'out' END,
           internal, number, translate(number, '+', ''), name,
           CASE WHEN NOT ended THEN NULL WHEN answered THEN 'answered'
                WHEN NOT inbound THEN 'no_answer' WHEN queue = '' THEN 'missed' ELSE 'abandoned' END,
           CASE WHEN ended THEN 'remote' END, started, CASE WHEN answered THEN started + wait END,
           CASE WHEN ended THEN started + wait + CASE WHEN answered THEN talk ELSE interval '0' END END,
           extract(epoch FROM wait), 0, CASE WHEN answered THEN extract(epoch FROM talk) ELSE 0 END, 0, '', '', NULL,
           queue
    FROM made
    """,
    # A colleague's phone that rang for every queued call, too.
    """
    INSERT INTO call_record
    SELECT $1, 'colleague-' || i, call_id, 'pbx', i, '200', '200', 'in', false, number, translate(number, '+', ''),
           name, CASE WHEN NOT ended THEN NULL WHEN answered THEN 'answered_elsewhere' ELSE 'abandoned' END,
           CASE WHEN ended THEN 'system' END, started, NULL, CASE WHEN ended THEN started + wait END,
           extract(epoch FROM wait), 0, 0, 0, '', '', NULL, queue
    FROM made WHERE queue <> ''
    """,
)


_NAMES = """
    INSERT INTO identification
    SELECT tenant, connection_id, remote_number, call_id, stream_seq, connection_id, started_at, 'observed',
           'contact-' || right(remote_digits, 3), NULL, NULL, 'Имя', '[]'
    FROM call_record WHERE tenant = $1 AND remote_number <> ''
"""


async def make_history(
    pool: asyncpg.Pool,
    calls: int,
    since: str,
    every: str,
    tenant: str = "replay",
    *,
    name: str = "Пётр",
    named: bool = False,
) -> None:
    """Fill the journal of a tenant with that many calls, with people of that name; `named`: they were identified."""
    async with pool.acquire() as connection:
        made = _CALLS.replace("$1", str(calls)).replace("$2", f"'{since}'").replace("$3", f"'{every}'")
        await connection.execute(made.replace("$4", f"'{name}'"))
        for statement in _INSERTS:
            await connection.execute(statement.replace("$1", f"'{tenant}'"))
        await connection.execute("DROP TABLE made")
        if named:
            await connection.execute(_NAMES.replace("$1", f"'{tenant}'"))
        await connection.execute("ANALYZE call, call_record, annotation, identification")


def bearer(user: str = "boss", *roles: str, tenant: str = "replay", **more: object) -> dict[str, str]:
    """The header of a token, with more claims; a supervisor's without roles."""
    claims = {"sub": user, "tenant": tenant, "roles": list(roles or ("supervisor",)), "iss": "i", "aud": "a", **more}
    return {"Authorization": f"Bearer {jwt.encode(claims | {'exp': time.time() + 86_400}, KEY, algorithm='EdDSA')}"}


@asynccontextmanager
async def reading(pool: asyncpg.Pool, headers: dict[str, str] | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API over a pool, as a supervisor of the tenant."""
    async with client_of(pool, headers=headers) as client:
        yield client


@asynccontextmanager
async def client_of(
    pool: asyncpg.Pool, *parts: object, headers: dict[str, str] | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """The same of an API with more `parts` than a pool."""
    transport = httpx.ASGITransport(app=api(pool, IDENTIFY, *parts))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://journal", headers=headers or bearer(), timeout=60
    ) as client:
        yield client


async def got(client: httpx.AsyncClient, path: str, headers: dict[str, str] | None = None, **params):
    """The JSON of an answer that must be 200."""
    answer = await client.get(path, params=params or None, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def every_item(
    client: httpx.AsyncClient, path: str, headers: dict[str, str] | None = None, **params
) -> list[dict]:
    """All items of a list, page by page."""
    found, cursor = [], None
    url = httpx.URL(path)
    params = {name: url.params.get_list(name) for name in url.params} | params | {"limit": 200}
    while True:
        page = await got(client, url.path, headers, **params, **({"cursor": cursor} if cursor else {}))
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            return found
