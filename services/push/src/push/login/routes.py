"""`/login` and what it asks: a password for a token, a token for a newer one."""

from datetime import UTC, datetime
from importlib.resources import files
from typing import Annotated, Any, Final

import jwt
import msgspec
import structlog
from cti_api.problems import documented
from cti_api.signin import Verify
from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta, Struct

from push.login.issuer import PasswordIssuer, Refused, TooMany
from push.login.passwords import BadUsers
from push.transports.callers import AnyRequest, address_of, identity_of, problem
from push.transports.documented import SIGNED_IN, TOO_LARGE, UNREADABLE, answer, reading

_log = structlog.get_logger(__name__)
_MOST_BYTES: Final = 4096
_SECURITY: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
_FILES: Final = {
    "/login": ("login.html", "text/html"),
    "/login/login.js": ("login.js", "text/javascript"),
    "/login/login.css": ("login.css", "text/css"),
}


_FAILED: Final = documented(
    s401="User or password is wrong.",
    s429="Too many attempts: wait as `Retry-After` says.",
    s503="Sign-in does not work now.",
)


class _Token(Struct, frozen=True):
    token: str
    expires_at: datetime


class _SignIn(Struct, frozen=True):
    user: Annotated[str, Meta(min_length=1, max_length=128)]
    password: Annotated[str, Meta(min_length=1, max_length=1024)]


def login_routes(issuer: PasswordIssuer, verify: Verify) -> list[HTTPRouteHandler]:
    """The page and its two requests."""

    @post(
        "/v1/login",
        summary="A password for a token",
        description="Only where push issues tokens itself.",
        operation_id="signIn",
        operation_class=reading(_SignIn),
        responses=_FAILED | UNREADABLE | TOO_LARGE | {200: answer(_Token, "a token, and until when it counts")},
        security=[{}],
        status_code=200,
        request_max_body_size=_MOST_BYTES,
    )
    async def sign_in(request: AnyRequest) -> Response[Any]:
        try:
            given = msgspec.json.decode(await request.body(), type=_SignIn)
            return _token(await issuer.sign_in(given.user, given.password, address_of(request)))
        except (msgspec.DecodeError, msgspec.ValidationError, UnicodeError) as error:
            return problem(400, "Bad Request", str(error))
        except Refused:
            return problem(401, "Unauthorized", "user or password is wrong")
        except TooMany as error:
            answer = problem(429, "Too Many Requests", str(error))
            answer.headers["Retry-After"] = str(int(error.wait_s) + 1)
            return answer
        except BadUsers as error:
            return _unusable(error)

    @post(
        "/v1/login/renew",
        summary="A token for a newer one",
        description="Only where push issues tokens itself.",
        operation_id="renewToken",
        responses=SIGNED_IN | {200: answer(_Token, "a token, and until when it counts")},
        status_code=200,
        request_max_body_size=_MOST_BYTES,
    )
    async def renew(request: AnyRequest) -> Response[Any]:
        identity = await identity_of(request, verify)
        try:
            return _token(issuer.renewed(identity, _began_at(request)))
        except Refused:
            return problem(401, "Unauthorized", "sign in again")
        except BadUsers as error:
            return _unusable(error)

    return [sign_in, renew, *(_page(path, name, kind) for path, (name, kind) in _FILES.items())]


def _page(path: str, name: str, media_type: str) -> HTTPRouteHandler:
    content = files("push.login").joinpath("static", name).read_bytes()

    @get(path, include_in_schema=False, name=f"login {name}")
    async def page() -> Response[bytes]:
        return Response(content, media_type=media_type, headers=_SECURITY)

    return page


def _began_at(request: AnyRequest) -> float:
    """When the password was given, by the token that was just verified; long ago for tokens that do not say."""
    token = (request.headers.get("authorization") or "").partition(" ")[2].strip()
    began_at = jwt.decode(token, options={"verify_signature": False}).get("auth_time", 0)
    return float(began_at) if isinstance(began_at, int | float) else 0.0


def _token(token: str) -> Response[Any]:
    expires_at = jwt.decode(token, options={"verify_signature": False})["exp"]
    body = _Token(token, datetime.fromtimestamp(expires_at, UTC))
    return Response(msgspec.json.encode(body), media_type="application/json", headers={"Cache-Control": "no-store"})


def _unusable(error: BadUsers) -> Response[bytes]:
    _log.error("nobody can sign in", error=str(error))
    return problem(503, "Service Unavailable", "sign-in does not work now")
