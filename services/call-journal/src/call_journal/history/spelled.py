"""From filters back to the request that lists the same: what stands behind a number."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import msgspec
from cti_model.questions import Question


def query_of(filters: Question, **more: Any) -> str:
    """The query string that lists what these filters let through, with `more` in place of some."""
    names: Mapping[str, str] = dict(zip(filters.__struct_fields__, filters.__struct_encode_fields__, strict=True))
    fields = msgspec.structs.asdict(filters) | more
    return urlencode(
        [(names[name], _spelled(value)) for name, value in fields.items() if value is not None], doseq=True
    )


def _spelled(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value
