"""From each question to what answers it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from cti_model import questions as asked
from cti_store import Pool

from call_journal.history.annotations import get_annotation
from call_journal.history.asker import Asker
from call_journal.history.calls import count_calls, get_call, get_path, list_calls
from call_journal.history.inbound import list_inbound, list_missed, list_recent
from call_journal.history.statistics import get_statistics

ANSWERS: Mapping[type[asked.Question], Callable[[Pool, Asker, Any], Awaitable[Any]]] = {
    asked.ListCalls: list_calls,
    asked.CountCalls: count_calls,
    asked.GetCall: get_call,
    asked.GetPath: get_path,
    asked.ListInbound: list_inbound,
    asked.ListMissed: list_missed,
    asked.ListRecent: list_recent,
    asked.GetStatistics: get_statistics,
    asked.GetAnnotation: get_annotation,
}
