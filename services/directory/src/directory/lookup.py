"""Who is behind a number: from the tables, and from another system when nobody here has that very number."""

import time

import msgspec
import structlog
from cti_bus import Heard
from cti_model import subjects
from cti_model.directory import Candidate, IdentifyReply, IdentifyRequest
from cti_store import OUTAGE, Pool

from directory import identify
from directory.external import External
from directory.identify import Found, Rules, Wanted
from directory.store.numbering import versioned_rules_of
from directory.store.subscribers import by_number
from directory.telemetry import Metrics

_log = structlog.get_logger(__name__)
_MOST_CHARACTERS = 256
_MOST_TENANTS = 1000  # whose rules are remembered


class Lookup:
    """Answers who has a number, for the API and for requests over NATS. `pool`: of `store.planning.lookups`."""

    def __init__(self, pool: Pool, defaults: Rules, metrics: Metrics, external: External | None, at_once: int) -> None:
        self._pool = pool
        self._defaults = defaults
        self._metrics = metrics
        self._external = external
        self._at_once = at_once
        self._at_work = 0
        self._rules: dict[str, tuple[int, Rules]] = {}  # by tenant, as they were last read, with their version

    async def candidates(self, tenant: str, number: str) -> list[Candidate]:
        """Candidates, the likeliest first; none for a withheld number. Raises what asyncpg raises."""
        began = time.perf_counter()
        what, stored = await self._stored(tenant, number)
        if what is None:
            return []
        found = identify.rank(what, stored)
        certain = identify.is_certain(found)
        if self._external is not None and not certain and not what.internal:
            found = identify.together(found, await self._external.candidates(tenant, what.number))
        result = "certain" if identify.is_certain(found) else "alike" if found else "nobody"
        self._metrics.identified.add(1, {"result": result})
        self._metrics.seconds.record(time.perf_counter() - began)
        return found

    async def _stored(self, tenant: str, number: str) -> tuple[Wanted | None, list[Found]]:
        """What is looked for, and whose numbers are like it. One round trip: the rules are remembered, and the answer
        says whether they are still in force; if not, once more.
        """
        async with self._pool.acquire() as connection:
            if (known := self._rules.get(tenant)) is not None:
                version, rules = known
                what = identify.wanted(number, rules)
                if what is None:
                    return None, []
                in_force, stored = await by_number(connection, tenant, what)
                if in_force == version:
                    return what, stored
            version, rules = await versioned_rules_of(connection, tenant, self._defaults)
            if len(self._rules) >= _MOST_TENANTS:
                self._rules.clear()
            self._rules[tenant] = version, rules
            what = identify.wanted(number, rules)
            return what, (await by_number(connection, tenant, what))[1] if what is not None else []

    async def reply(self, heard: Heard) -> bytes:
        """Answer a request over NATS; what cannot be answered is said, so that the caller goes on at once."""
        if self._at_work >= self._at_once:
            self._metrics.refused.add(1)
            return _encoded(IdentifyReply(error="too many requests at once"))
        self._at_work += 1
        try:
            request = msgspec.json.decode(heard.body, type=IdentifyRequest)
            if len(request.number) > _MOST_CHARACTERS:
                return _encoded(IdentifyReply(error="a number of so many characters is none"))
            found = await self.candidates(subjects.tenant_of(heard.subject), request.number)
        except (msgspec.MsgspecError, RecursionError) as error:
            return _encoded(IdentifyReply(error=f"not a request: {error}"))
        except OUTAGE as error:
            _log.warning("database away", subject=heard.subject, error=f"{type(error).__name__}: {error}")
            return _encoded(IdentifyReply(error="the database cannot be reached now"))
        finally:
            self._at_work -= 1
        return _encoded(IdentifyReply(candidates=tuple(found)))


def _encoded(reply: IdentifyReply) -> bytes:
    return msgspec.json.encode(reply)
