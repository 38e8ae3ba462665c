"""The engine's word on its users, as FreeSWITCH's on its agents. Pure.

The engine tells two things of a user: a presence (`NONE`, `ONBREAK`, `DND`, …), and mod_callcenter's status. Whoever is
logged in to the call centre but away by presence is not ready, and the presence is why. In which queues an agent is
(its tiers) it tells nobody but that agent; `ALL` stands for them until then, or until a call comes from one.
"""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

import msgspec
from cti_freeswitch.agents import AVAILABLE, OUT, Agents
from cti_freeswitch.event import Event
from cti_freeswitch.naming import plain

from connector_webitel.naming import CENTRE as ALL

_AWAY: Final = ("ONBREAK", "DND", "CALLFORWARD", "VOICEMAIL")
_PRESENCE: Final = re.compile(r"(?P<word>\w+)(?:\('(?P<tag>.*)'\)|\s+(?P<rest>.*))?$")
"""A presence with its reason behind it: in brackets as library 3.1 says it, after a space as 3.0.1 does."""
_tiers = msgspec.json.Decoder(dict[str, dict[str, Any]])
_users = msgspec.json.Decoder(dict[str, dict[str, Any]])


def of_account(agents: Agents, event: Event) -> list[Event]:
    """`ACCOUNT_STATUS` as what mod_callcenter would tell of the agent.

    `cc_logged` is the engine's own memory of a `cc login` (public source): whoever logged in before it was started, or
    is logged in by an administrator, is in though it says no. It counts where mod_callcenter's status is not told.
    """
    user, domain = event.get("Account-User"), event.get("Account-Domain")
    agent = event.get("presence_id") or f"{user}@{domain}"
    device = agents.naming.extension_of(agent)
    if event.name != "ACCOUNT_STATUS" or not device:
        return []
    agents.tiers.setdefault(device, (ALL,))
    centre = event.get("Account-Agent-Status") or (AVAILABLE[0] if event.get("cc_logged") == "true" else OUT)
    status = _status(event.get("Account-Status"), event.get("Account-Status-Descript"), centre)
    about = {"Event-Name": "CUSTOM", "Event-Subclass": "callcenter::info", "CC-Agent": agent}
    state = "In a queue call" if event.get("Account-User-State") == "ISBUSY" else event.get("Account-Agent-State")
    return [
        Event(about | {"CC-Action": "agent-state-change", "CC-Agent-State": state}),
        Event(about | {"CC-Action": "agent-status-change", "CC-Agent-Status": status}),
    ]


def listed(text: str, domain: str) -> list[dict[str, str]] | None:
    """`api account list` as a table of agents; None for an answer that is no list."""
    try:
        users = _users.decode(text.encode())
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None
    rows = []
    for user, each in users.items():
        said = {name: str(value) for name, value in each.items() if value is not None}
        centre = said.get("agent.status", OUT) if said.get("agent") == "true" else OUT
        status = _status(said.get("status", ""), said.get("descript", ""), centre)
        state = "In a queue call" if said.get("state") == "ISBUSY" else "Waiting"
        rows.append({"name": f"{user}@{said.get('domain') or domain}", "status": status, "state": state})
    return rows


def seated(agents: Agents, account: str, text: str) -> None:
    """`cc tier from user`: by queue, the user's place in it; what is no such table changes nothing.

    Source: the public engine. An agent without a queue keeps what is known, so that presence and log-in have a place.
    """
    try:
        found = _tiers.decode(text.encode())
    except (msgspec.DecodeError, msgspec.ValidationError):
        return
    queues = tuple(dict.fromkeys(plain(str(each.get("queue") or name)) for name, each in found.items()))
    device = agents.naming.extension_of(account)
    if device and queues:
        agents.tiers[device] = queues


def tiers(agents: Agents, rows: list[dict[str, str]]) -> list[Mapping[str, str]]:
    """The queues of those agents, as far as they are known."""
    found: list[Mapping[str, str]] = []
    for row in rows:
        device = agents.naming.extension_of(row["name"])
        found += [{"agent": row["name"], "queue": queue} for queue in agents.tiers.get(device, (ALL,)) or (ALL,)]
    return found


def _status(presence: str, why: str, centre: str) -> str:
    if centre in ("", OUT):
        return OUT
    found = _PRESENCE.match(unquote(presence))
    word, said = (found["word"].upper(), found["tag"] or found["rest"]) if found is not None else ("", "")
    return f"{word} {unquote(why) or said or ''}".strip() if word in _AWAY else centre
