"""Hands out what operators sign in at a PBX with, to that PBX's connector and nobody else: see ADR 0014."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import msgspec
import structlog
from cti_bus import Heard
from cti_directory.credentials import (
    ConnectorKey,
    Credential,
    CredentialsReply,
    CredentialsRequest,
    NotProven,
    check,
    sealed,
)
from cti_model import subjects
from cti_store import OUTAGE, Pool

from directory.store.secrets import credentials_of
from directory.telemetry import Metrics
from directory.vault import BadSecret, Vault

_log = structlog.get_logger(__name__)
_MOST_BYTES = 64 * 1024


def _now() -> datetime:
    return datetime.now(UTC)


class Handout:
    """Answers requests over NATS. `keys`: of each PBX's connector. What is handed out stands in the audit first."""

    def __init__(
        self,
        pool: Pool,
        vault: Vault,
        keys: Mapping[str, ConnectorKey],
        metrics: Metrics,
        *,
        at_once: int = 8,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._pool = pool
        self._vault = vault
        self._keys = keys
        self._metrics = metrics
        self._at_once = at_once
        self._at_work = 0
        self._clock = clock

    async def reply(self, heard: Heard) -> bytes:
        """The sealed reply, or an error that says no more than why nothing is handed out."""
        if self._at_work >= self._at_once:
            return self._refusal("busy", "too many requests at once")
        self._at_work += 1
        try:
            return await self._answer(heard)
        finally:
            self._at_work -= 1

    async def _answer(self, heard: Heard) -> bytes:
        try:
            tenant = subjects.tenant_of(heard.subject)
            request = _decoded(heard.body)
            key = check(self._keys.get(request.pbx), tenant, request, self._clock())
            found = await self._found(tenant, request)
            reply = sealed(key, request, found)
        except (NotProven, msgspec.MsgspecError, RecursionError) as error:
            _log.warning("credentials refused", subject=heard.subject, reason=str(error))
            return self._refusal("refused", str(error))
        except OUTAGE as error:
            _log.warning("database away", subject=heard.subject, error=f"{type(error).__name__}: {error}")
            return self._refusal("failed", "the database cannot be reached now")
        self._metrics.credentials.add(len(found), {"outcome": "handed_out"})
        return msgspec.json.encode(reply)

    async def _found(self, tenant: str, request: CredentialsRequest) -> list[Credential]:
        found = []
        actor = f"connector:{request.pbx}"
        for stored in await credentials_of(self._pool, tenant, request.pbx, request.users, actor):
            try:
                secret = self._vault.open(stored.sealed, stored.owner)
            except BadSecret as error:
                _log.error("a credential does not open", user=stored.user, pbx=request.pbx, error=str(error))
                self._metrics.credentials.add(1, {"outcome": "failed"})
                continue
            found.append(Credential(user=stored.user, credential=stored.version, login=stored.login, secret=secret))
        return found

    def _refusal(self, outcome: str, why: str) -> bytes:
        self._metrics.credentials.add(1, {"outcome": outcome})
        return msgspec.json.encode(CredentialsReply(error=why))


def _decoded(body: bytes) -> CredentialsRequest:
    if len(body) > _MOST_BYTES:
        raise NotProven(f"a request of more than {_MOST_BYTES} bytes is none")
    return msgspec.json.decode(body, type=CredentialsRequest)
