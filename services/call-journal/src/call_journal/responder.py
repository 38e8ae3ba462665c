"""The questions of the API over NATS: `cti.<tenant>.history.<question>`, request and reply.

Whoever NATS lets publish there reads all calls of that tenant: the tenant is the one in the subject. Nothing is written
this way.
"""

from collections.abc import Callable

import asyncpg
import msgspec
import structlog
from cti_bus import Heard
from cti_model import subjects
from cti_model.questions import QUESTIONS, Fault, HistoryError, HistoryReply, Question
from cti_store import OUTAGE, Pool
from opentelemetry.metrics import Counter

from call_journal.history.asker import Asker
from call_journal.history.errors import BadQuestion, HistoryProblem, NotAllowed, NotThere
from call_journal.history.table import ANSWERS

_log = structlog.get_logger(__name__)
_FAULTS: dict[type[HistoryProblem], Fault] = {
    BadQuestion: Fault.BAD_QUESTION,
    NotThere: Fault.NOT_FOUND,
    NotAllowed: Fault.BAD_QUESTION,
}
_DECODERS = {name: msgspec.json.Decoder(asked.question) for name, asked in QUESTIONS.items()}
_encode = msgspec.json.Encoder().encode


class Responder:
    """Answers questions, at most `at_once` together: more are refused, not kept waiting.

    `most_bytes`: what NATS carries in one message; an answer that is longer is an error that says so.
    """

    def __init__(self, pool: Pool, at_once: int, most_bytes: Callable[[], int], asked: Counter) -> None:
        self._pool = pool
        self._at_once = at_once
        self._at_work = 0
        self._most_bytes = most_bytes
        self._asked = asked

    async def reply(self, heard: Heard) -> bytes:
        """The reply to a request; never raises but for what is no fault of the question."""
        name = heard.subject.rpartition(".")[2]
        body = await self._answered(name, heard)
        self._asked.add(1, {"question": name if name in QUESTIONS else "unknown"})
        return body

    async def _answered(self, name: str, heard: Heard) -> bytes:
        if name not in QUESTIONS:
            return _error(Fault.BAD_QUESTION, f"no question {name!r}; there are {', '.join(QUESTIONS)}")
        if self._at_work >= self._at_once:
            return _error(Fault.TOO_MANY, f"{self._at_once} questions are being answered: ask again")
        self._at_work += 1
        try:
            question = _DECODERS[name].decode(heard.body or b"{}")
            return await self._answer(subjects.tenant_of(heard.subject), question)
        except (msgspec.MsgspecError, RecursionError) as error:
            return _error(Fault.BAD_QUESTION, f"not this question: {error}")
        except HistoryProblem as error:
            return _error(_FAULTS[type(error)], str(error))
        except OUTAGE as error:
            _log.warning("database away", subject=heard.subject, error=f"{type(error).__name__}: {error}")
            return _error(Fault.UNAVAILABLE, "the database cannot be reached now")
        except asyncpg.DataError as error:
            return _error(Fault.BAD_QUESTION, f"a value cannot be looked for: {error}")
        except Exception as error:
            _log.exception("question failed", subject=heard.subject, exc_info=error)
            return _error(Fault.FAILED, "the journal failed; its log says why")
        finally:
            self._at_work -= 1

    async def _answer(self, tenant: str, question: Question) -> bytes:
        asker = Asker(tenant=tenant, user="")
        found = await ANSWERS[type(question)](self._pool, asker, question)
        body = _encode(HistoryReply(answer=found))
        most = self._most_bytes()
        if len(body) <= most:
            return body
        remedy = "ask for a smaller limit" if hasattr(question, "limit") else "ask over HTTP, or for less of it"
        return _error(Fault.TOO_LARGE, f"the answer has {len(body)} bytes, NATS carries {most}: {remedy}")


def _error(code: Fault, detail: str) -> bytes:
    return _encode(HistoryReply(error=HistoryError(code=code, detail=detail)))
