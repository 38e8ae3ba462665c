"""What asyncpg raises when PostgreSQL is away, starting, stopping, full, or in conflict: it passes."""

import asyncpg

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
