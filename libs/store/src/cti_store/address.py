"""Where PostgreSQL is: an address as its owner writes it, `postgresql://user:password@host:port/database`."""

from urllib.parse import urlsplit


def postgres_url(value: str) -> str:
    """The address, if it can be one; raises `ValueError`, which says nothing of the address: it may hold a password."""
    try:
        parts = urlsplit(value)
    except ValueError:  # its text has user and password
        raise ValueError("no address: write signs that are not ASCII, and [ ], as %XX") from None
    if parts.scheme not in ("postgresql", "postgres"):
        raise ValueError("begins with postgresql://")
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise ValueError("the port is a number from 1 to 65535; in a password / ? # @ are written %2F %3F %23 %40")
    return value


def place(url: str) -> str:
    """Server and database of an address, without user, password and parameters."""
    parts = urlsplit(url)  # parameters may hold a password with `@`
    return parts.netloc.rpartition("@")[2] + parts.path


def for_sqlalchemy(url: str) -> str:
    """The address as SQLAlchemy wants it, for asyncpg."""
    return f"postgresql+asyncpg://{url.partition('://')[2]}"
