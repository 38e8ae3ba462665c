"""What clients send. What is answered stands in `cti_model.history` and `cti_model.counts`."""

from typing import Annotated

import msgspec
from cti_model.history import Link


class Note(msgspec.Struct, kw_only=True):
    """A note, as text."""

    note: Annotated[str, msgspec.Meta(max_length=10_000)]


class Result(msgspec.Struct, kw_only=True):
    """What came of a call, in a word of the company's own list."""

    result: Annotated[str, msgspec.Meta(max_length=200)]


class Links(msgspec.Struct, kw_only=True):
    """All links of a row, in the order in which they are shown. One contact, account, activity and case at most."""

    links: Annotated[list[Link], msgspec.Meta(max_length=50)]
