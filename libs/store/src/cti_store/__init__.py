"""PostgreSQL as every service uses it: migrations, the pool's types, what passes by itself. Knows no table."""

from cti_store.address import postgres_url
from cti_store.connections import PATIENCE_S, Connection, Pool, given_up_after, opened
from cti_store.migrations import migrate
from cti_store.outage import OUTAGE, NoDatabase

__all__ = [
    "OUTAGE",
    "PATIENCE_S",
    "Connection",
    "NoDatabase",
    "Pool",
    "given_up_after",
    "migrate",
    "opened",
    "postgres_url",
]
