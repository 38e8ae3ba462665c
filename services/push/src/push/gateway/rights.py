"""Who may do what: from what a client asks for to a request that a connector may be given. Pure.

The gateway is the place where `user` and `roles` of a request are filled in: connectors trust it with that.
"""

import hashlib
from collections.abc import Iterable
from typing import Final

from cti_model.calls import Command
from cti_model.commands import NEEDS, SUPERVISOR, CommandRefused, CommandRequest, ErrorCode, validated
from cti_model.directory import Role
from cti_model.view import CallView, UserView
from cti_runtime.auth import Identity
from msgspec import Struct

from push.gateway.frames import CommandFrame, Extension

_ROLES: Final = frozenset(role.value for role in Role)


class Person(Struct, frozen=True):
    """A user as directory and settings know them. The first extension is meant where a command names none."""

    user: str
    name: str = ""
    active: bool = True
    extensions: tuple[Extension, ...] = ()


class Order(Struct, frozen=True):
    """A request that may be sent, and to which PBX."""

    pbx: str
    request: CommandRequest


def scoped(tenant: str, user: str, client_id: str) -> str:
    """The `command_id` of a client's own id: the same for the same user, and no other user can hit upon it."""
    return hashlib.sha256(f"{tenant}\n{user}\n{client_id}".encode()).hexdigest()[:40]


def roles_of(identity: Identity) -> tuple[str, ...]:
    """The roles that mean something here, in a fixed order: an identity provider may tell others beside them."""
    return tuple(sorted(identity.roles & _ROLES))


def may_watch(identity: Identity, users: Iterable[str] | None) -> bool:
    """Whether an identity may see these users' views (None: everybody's).

    A supervisor and an admin may; an integrator, whom the token's `grants` allow: `watch:<user>`, or `watch:*`.
    """
    if identity.roles & {Role.SUPERVISOR, Role.ADMIN} or "watch:*" in _grants(identity):
        return True
    return users is not None and all(f"watch:{user}" in _grants(identity) for user in users)


def may_act_for_others(identity: Identity, verb: Command) -> bool:
    """Whether an identity may use others' telephones: a supervisor, or an integrator with the grant.

    `grants` of the token: `command:<verb>`, or `command:*`.
    """
    return SUPERVISOR in identity.roles or bool(_grants(identity) & {f"command:{verb}", "command:*"})


def order(
    frame: CommandFrame, identity: Identity, person: Person, view: UserView, *, command_id: str, deadline_s: float
) -> Order:
    """The request that a client's command comes to; raises `CommandRefused`.

    A connection in the user's own view is theirs, and only what it allows now passes. Connections that are not in it
    are somebody else's, or over: only who may act for others gets past, and the connector looks at the call itself.
    """
    if frame.verb is Command.SNAPSHOT:
        raise CommandRefused(ErrorCode.NOT_SUPPORTED, "snapshot is for services; your view is in the welcome")
    if "connection_id" in NEEDS[frame.verb]:
        pbx, device = _of_connection(frame, identity, person, view)
    else:
        pbx, device = _of_telephone(frame, identity, person, view)
    request = CommandRequest(
        command_id=command_id,
        verb=frame.verb,
        device=device,
        connection_id=frame.connection_id if "connection_id" in NEEDS[frame.verb] else "",
        other_connection_id=frame.other_connection_id,
        to=frame.to,
        digits=frame.digits,
        queue=frame.queue,
        reason=frame.reason,
        agent_state=frame.agent_state,
        recording_id=frame.recording_id,
        user=identity.user,
        roles=roles_of(identity),
        deadline_s=deadline_s,
    )
    return Order(pbx, validated(request))


def _of_connection(frame: CommandFrame, identity: Identity, person: Person, view: UserView) -> tuple[str, str]:
    """PBX and telephone of a command about a connection."""
    if not frame.connection_id:
        raise CommandRefused(ErrorCode.BAD_REQUEST, f"{frame.verb}: connection_id is missing")
    mine = {call.id: call for call in view.calls}
    call = mine.get(frame.connection_id)
    others = may_act_for_others(identity, frame.verb)
    if frame.other_connection_id and frame.other_connection_id not in mine and not others:
        raise CommandRefused(ErrorCode.NOT_FOUND, "other_connection_id: you have no such call")
    if call is not None:
        return _of_own_call(frame, call)
    if not others:
        raise CommandRefused(ErrorCode.NOT_FOUND, "you have no such call: it is over, or another's")
    return _of_telephone(frame, identity, person, view)


def _of_own_call(frame: CommandFrame, call: CallView) -> tuple[str, str]:
    if (frame.pbx or call.pbx) != call.pbx or (frame.device or call.device) != call.device:
        raise CommandRefused(ErrorCode.BAD_REQUEST, "the call is at another telephone than pbx and device say")
    if frame.verb not in call.allowed:
        raise CommandRefused(ErrorCode.WRONG_STATE, f"{frame.verb} is not possible now: the call is {call.state}")
    return call.pbx, call.device


def _of_telephone(frame: CommandFrame, identity: Identity, person: Person, view: UserView) -> tuple[str, str]:
    """PBX and telephone of a command that says which, or means the user's first."""
    mine = list(
        dict.fromkeys(
            [
                *((each.pbx, each.device) for each in person.extensions),
                *((each.pbx, each.device) for each in view.agents),
                *((each.pbx, each.device) for each in view.calls),
            ]
        )
    )
    fitting = [each for each in mine if frame.pbx in ("", each[0]) and frame.device in ("", each[1])]
    if fitting:
        if frame.device and len({pbx for pbx, _ in fitting}) > 1:
            raise CommandRefused(ErrorCode.BAD_REQUEST, f"more than one PBX has your telephone {frame.device}: say pbx")
        return fitting[0]
    if not may_act_for_others(identity, frame.verb):
        if not mine:
            raise CommandRefused(ErrorCode.FORBIDDEN, "you have no telephone: the directory gives you no extension")
        raise CommandRefused(ErrorCode.FORBIDDEN, "that telephone is not yours")
    pbx = frame.pbx or next((each[0] for each in mine), "")
    if not pbx or not frame.device:
        raise CommandRefused(ErrorCode.BAD_REQUEST, "say pbx and device: you have no telephone of your own there")
    return pbx, frame.device


def _grants(identity: Identity) -> frozenset[str]:
    return identity.grants if Role.INTEGRATOR in identity.roles else frozenset()
