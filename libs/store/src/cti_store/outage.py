"""What asyncpg raises when PostgreSQL is away, starting, stopping, full, or in conflict: it passes.

ConnectionError
└── NoDatabase    PostgreSQL cannot be reached, or does not let us in; passes by itself as other outages do, or does not
"""

import asyncpg

from cti_store.address import place

OUTAGE = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.CannotConnectNowError,
    asyncpg.TransactionRollbackError,
    asyncpg.InternalClientError,  # a server that dies in the middle of its answer
)


class NoDatabase(ConnectionError):
    """PostgreSQL cannot be used. The text says where it was looked for, and why not; it holds no password."""

    def __init__(self, url: str, why: object) -> None:
        # Every service has its address in the setting of this name.
        super().__init__(f"PostgreSQL at {place(url)} (database_url) cannot be used: {why}")
