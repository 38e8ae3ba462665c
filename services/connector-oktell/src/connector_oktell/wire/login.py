"""The log-in: what is sent, and what the answer means."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from cti_connector.session import Refusal

from connector_oktell.wire.errors import LoginRefused, refusal
from connector_oktell.wire.frames import Frame, text


@dataclass(frozen=True)
class Credentials:
    """An operator's log-in at Oktell. The password is in no text that is made of it."""

    login: str
    password: str = field(repr=False)


def hashed(password: str) -> str:
    """Hex md5 of the Windows-1251 bytes; characters that it lacks are left out (as oktell.js 1.8.4, run)."""
    return hashlib.md5(password.encode("cp1251", "ignore"), usedforsecurity=False).hexdigest()


def login_fields(credentials: Credentials) -> dict[str, Any]:
    """The fields of `login`: both hashes, as given and in lower case. Without salt: the link is to be `wss`."""
    return {
        "Password": hashed(credentials.password),
        "password": hashed(credentials.password.lower()),
        "showid": 1,
        "usewebrtc": False,
    }


@dataclass(frozen=True)
class LoggedIn:
    """Who Oktell says that we are. `session_id` opens the same session again; it is a secret too."""

    user_id: str
    session_id: str = field(repr=False)


def login_answer(answer: Frame) -> LoggedIn:
    """Raises `LoginRefused`. An error in the answer is a refusal whatever `result` says."""
    if not answer.ok:
        raise refusal(answer.fields.get("error"), text(answer.fields, "errormsg"))
    user_id = text(answer.fields, "userid")
    if not user_id:
        raise LoginRefused("log-in answered without a user", Refusal.OTHER)
    return LoggedIn(user_id, text(answer.fields, "sessionid"))
