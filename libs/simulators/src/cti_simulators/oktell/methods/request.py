"""What a method is, and reading its parameters."""

from collections.abc import Callable

from cti_simulators.oktell.frames import Body
from cti_simulators.oktell.house import House
from cti_simulators.oktell.state import User

Method = Callable[[House, User, Body], Body]
"""The reply's fields but qid; without `result` it is 1. A request's fields may be missing or of any type."""


def text(params: Body, name: str) -> str:
    """A field as text; empty when it is missing."""
    found = params.get(name)
    return "" if found is None else str(found)


def fields(params: Body, name: str) -> Body:
    """A field that is an object; empty when it is anything else."""
    found = params.get(name)
    return found if isinstance(found, dict) else {}


def done(success: bool) -> Body:
    """Only whether it worked."""
    return {"result": int(success)}
