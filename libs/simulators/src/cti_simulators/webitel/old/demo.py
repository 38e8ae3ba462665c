"""The people of a demonstration on the old engine."""

from cti_simulators.demonstration import NAMES
from cti_simulators.webitel.old.users import Account

DOMAIN = "demo.local"
RECORDS_KEY = "records"
RECORDS_TOKEN = "Webitel-records"  # noqa: S105 - of the simulated one
"""Who may read all recordings: `X-Key`, `X-Access-Token`."""


def secret_of(user: str) -> str:
    """What a user signs in with."""
    return f"Webitel{user}"


def accounts() -> dict[str, Account]:
    """All people, ready for calls of queues."""
    return {user: Account(secret_of(user), agent="Available") for user in NAMES}
