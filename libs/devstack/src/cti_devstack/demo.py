"""Who the demo's operators and callers are, put into the directory through its API. Repeats change nothing."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any
from urllib.parse import quote

from cti_simulators.demonstration import NAMES

from cti_devstack.process import StartFailed

OPERATORS = NAMES
PEOPLE = """\
external_id,name,kind,phone,phone_mobile,email,account,job,department,user_id,city
romashka,OOO Romashka,account,+7 495 739-70-00,,office@romashka.example,,,,,Moscow
ivan,Ivan Petrov,contact,8 (495) 739-70-12,79161234567,ivan@romashka.example,romashka,Head of sales,,,
elena,Елена Соколова,contact,,8 903 111-22-33,,romashka,Accountant,,,
john,John Müller,contact,+49 30 1234567,,,,,,,
olga,Olga Morozova,contact,8 (495) 123-45-67,,olga@morozova.example,,Architect,,,
"""
_DEADLINE_S = 30.0


def put_people(
    url: str, token: str, pbx: str = "asterisk", credentials: Mapping[str, tuple[str, str]] | None = None
) -> None:
    """Put the demo's users, extensions at `pbx` and contacts into the directory at `url`; raises `StartFailed`.

    `credentials`: by user, login and secret at the PBX.
    """
    employees = "".join(f"e{user},{name},employee,{user},,,,,Sales,{user},\n" for user, name in OPERATORS.items())
    try:
        for user, name in OPERATORS.items():
            _ask(url, token, "/v1/users", {"id": user, "name": name, "roles": ["operator"]})
            extensions = json.loads(_ask(url, token, f"/v1/extensions?user_id={quote(user)}"))["items"]
            if not any(each["pbx"] == pbx for each in extensions):
                _ask(url, token, "/v1/extensions", {"user_id": user, "pbx": pbx, "extension": user})
        for user, (login, secret) in (credentials or {}).items():
            _ask(url, token, "/v1/credentials", {"user_id": user, "pbx": pbx, "login": login, "secret": secret})
        _ask(url, token, "/v1/contacts/import", PEOPLE + employees)
    except (OSError, HTTPException, ValueError, LookupError, TypeError) as error:  # the last three: not its answer
        raise StartFailed(f"the demo's people could not be put into the directory at {url}: {error}") from error


def _ask(url: str, token: str, path: str, body: dict[str, Any] | str | None = None) -> bytes:
    """The answer's body; what is there already is fine."""
    data = None if body is None else (body if isinstance(body, str) else json.dumps(body)).encode()
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "text/csv" if isinstance(body, str) else "application/json",
    }
    request = urllib.request.Request(url + path, data, headers)  # noqa: S310 - our own address
    try:
        with urllib.request.urlopen(request, timeout=_DEADLINE_S) as answer:  # noqa: S310
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        if error.code == 409:
            return b""
        raise
