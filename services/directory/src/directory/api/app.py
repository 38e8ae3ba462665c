"""The ASGI application of the API."""

from collections.abc import Callable
from typing import Any

from cti_api.serving import document
from cti_api.signin import Identify
from cti_model import subjects
from cti_runtime.auth import Identity, Unauthorized
from cti_store import Pool
from litestar import Litestar, Request, Router
from litestar.datastructures import State
from litestar.di import Provide

from directory import entities, phones
from directory.api.problems import HANDLERS
from directory.api.resource import Prepare, resource
from directory.api.routes import GENERAL, import_contacts, import_users
from directory.api.web_phone import get_web_phone
from directory.identify import Rules
from directory.lookup import Lookup
from directory.store.errors import Unfit
from directory.store.importing import Report
from directory.store.numbering import rules_of
from directory.store.secrets import sealed
from directory.store.tables import (
    ACCOUNTS,
    CONTACTS,
    CREDENTIALS,
    EMPLOYEES,
    EXTENSIONS,
    USERS,
    WEB_PHONES,
    Table,
)
from directory.telemetry import Metrics
from directory.vault import Vault

_MIB = 1024 * 1024


def api(
    identify: Identify,
    *,
    pool: Pool | None = None,
    lookup: Lookup | None = None,
    defaults: Rules | None = None,
    vault: Vault | None = None,
    metrics: Metrics | None = None,
    changed: Callable[[], None] = lambda: None,
    import_mb: int = 256,
) -> Litestar:
    """The API. `changed` is called after each change. Without a pool only its OpenAPI document can be made."""

    async def identity(request: Request[Any, Any, Any]) -> Identity:
        found = await identify(request.headers.get("authorization"))
        try:
            subjects.token(found.tenant)
        except subjects.BadToken as error:
            raise Unauthorized("the token names a tenant that cannot be") from error
        return found

    async def rules(tenant: str) -> Rules:
        return await rules_of(pool, tenant, defaults or Rules())  # type: ignore[arg-type]

    def imported(report: Report) -> None:
        for outcome, count in (
            ("created", report.created),
            ("updated", report.updated),
            ("unchanged", report.unchanged),
            ("bad", report.bad_lines),
        ):
            if metrics is not None and count and not report.dry_run:
                metrics.imported.add(count, {"outcome": outcome})

    parts = {"pool": pool, "lookup": lookup, "defaults": defaults or Rules(), "vault": vault or Vault(())}
    importing = Router("/", route_handlers=[import_contacts, import_users], request_max_body_size=import_mb * _MIB)
    return Litestar(
        route_handlers=[*_resources(), importing, get_web_phone, *GENERAL],
        dependencies={"identity": Provide(identity)},
        state=State(parts | {"rules_of": rules, "changed": changed, "imported": imported}),
        exception_handlers=HANDLERS,
        logging_config=None,  # the service's own logging stays: JSON lines, secrets hidden
        openapi_config=document(
            "Trunkline directory",
            "Who is behind a number and an extension. Everybody with a role reads; administrators write.",
        ),
    )


def _resources() -> list[Router]:
    """Each kind of thing: path, table, what creates one, what replaces one."""
    return [
        resource("users", USERS, entities.NewUser, entities.UserBody),
        resource("extensions", EXTENSIONS, entities.ExtensionBody, entities.ExtensionBody, prepare=_lasting),
        resource("contacts", CONTACTS, entities.ContactBody, entities.ContactBody),
        resource("accounts", ACCOUNTS, entities.AccountBody, entities.AccountBody),
        resource("employees", EMPLOYEES, entities.EmployeeBody, entities.EmployeeBody),
        resource(
            "credentials",
            CREDENTIALS,
            entities.CredentialBody,
            entities.CredentialBody,
            secret=True,
            prepare=_sealing(CREDENTIALS),
        ),
        resource(
            "web-phones",
            WEB_PHONES,
            phones.WebPhoneBody,
            phones.WebPhoneBody,
            secret=True,
            prepare=_sealing(WEB_PHONES),
        ),
    ]


def _lasting(_: State, __: str, values: dict[str, Any]) -> dict[str, Any]:
    """Nobody has an extension for less than no time."""
    began, end = values["valid_from"], values["valid_to"]
    if began is not None and end is not None and began >= end:
        raise Unfit("extension: valid_to must be later than valid_from")
    return values


def _sealing(table: Table) -> Prepare:
    """The secret goes no further than this."""
    return lambda state, tenant, values: sealed(state.vault, table, tenant, values)
