"""Why a change is not made. Nothing of it is stored then.

DirectoryError
├── NotThere   no such thing in this tenant
├── Stale      it has another version than the one named: somebody else changed it
├── Taken      another one has this id, external id, or user and PBX
├── Refers     it refers to what is not there, or is still referred to
└── Unfit      a value that cannot be stored
"""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg


class DirectoryError(Exception):
    """Base; the text is safe to show."""


class NotThere(DirectoryError):
    """No such thing in this tenant."""


class Stale(DirectoryError):
    """It has another version than the one named: read it again."""


class Taken(DirectoryError):
    """Another one is in the way."""


class Refers(DirectoryError):
    """It refers to what is not there, or is still referred to."""


class Unfit(DirectoryError):
    """A value that cannot be stored."""


@contextmanager
def in_words(entity: str) -> Iterator[None]:
    """Turn PostgreSQL's refusals into ours."""
    try:
        yield
    except asyncpg.UniqueViolationError as error:
        raise Taken(f"another {entity} is in the way: {error.detail or 'the same key'}") from error
    except asyncpg.ForeignKeyViolationError as error:
        raise Refers(f"{entity}: {error.detail or 'a reference leads nowhere'}") from error
    except asyncpg.DataError as error:
        raise Unfit(f"{entity}: {error}") from error
