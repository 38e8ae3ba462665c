"""Who may do what: from what a client asks for to a request that a connector may be given. Pure.

The gateway is the place where `user` and `roles` of a request are filled in: connectors trust it with that.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Final

from cti_model.calls import Command
from cti_model.commands import NEEDS, SUPERVISOR, CommandRefused, CommandRequest, ErrorCode, validated
from cti_model.directory import Role
from cti_model.view import CallView, UserView
from cti_runtime.auth import Identity
from msgspec import Struct

from push.gateway.frames import CommandFrame, Extension
from push.projector.step import usable

_ROLES: Final = frozenset(role.value for role in Role)


class Person(Struct, frozen=True):
    """A user as directory and settings know them. The first extension is meant where a command names none."""

    user: str
    name: str = ""
    active: bool = True
    extensions: tuple[Extension, ...] = ()


class Team(Struct, frozen=True):
    """What the users of a supervisor's team have: connections by id, and telephones as PBX and number."""

    calls: Mapping[str, CallView]
    telephones: frozenset[tuple[str, str]]


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


def team_of(identity: Identity) -> frozenset[str] | None:
    """To whom a supervisor is bound: the users of the token's `team`, and they themselves. None: by no team."""
    if identity.team is None or Role.SUPERVISOR not in identity.roles or Role.ADMIN in identity.roles:
        return None
    return frozenset(filter(usable, identity.team)) | {identity.user}


def may_watch(identity: Identity, users: Iterable[str] | None) -> bool:
    """Whether an identity may see these users' views (None: everybody's).

    An admin may, and a supervisor, within the team if there is one; an integrator, whom the token's `grants` allow:
    `watch:<user>`, or `watch:*`.
    """
    grants, team = _grants(identity), team_of(identity)
    if Role.ADMIN in identity.roles or "watch:*" in grants:
        return True
    if Role.SUPERVISOR in identity.roles and team is None:
        return True
    return users is not None and all(f"watch:{user}" in grants or user in (team or ()) for user in users)


def may_act_for_others(identity: Identity, verb: Command) -> bool:
    """Whether an identity may use others' telephones: a supervisor (those of the team, if there is one), or an
    integrator with the grant.

    `grants` of the token: `command:<verb>`, or `command:*`.
    """
    return SUPERVISOR in identity.roles or bool(_grants(identity) & {f"command:{verb}", "command:*"})


def order(
    frame: CommandFrame,
    identity: Identity,
    person: Person,
    view: UserView,
    *,
    team: Team | None,
    command_id: str,
    deadline_s: float,
) -> Order:
    """The request that a client's command comes to; raises `CommandRefused`.

    A connection in the user's own view is theirs, and only what it allows now passes. Connections that are not in it
    are somebody else's, or over: only who may act for others gets past, and the connector looks at the call itself.
    `team`: what those others have to whom the identity is bound (`team_of`); None: it is bound to nobody.
    """
    if frame.verb is Command.SNAPSHOT:
        raise CommandRefused(ErrorCode.NOT_SUPPORTED, "snapshot is for services; your view is in the welcome")
    if "connection_id" in NEEDS[frame.verb]:
        pbx, device = _of_connection(frame, identity, person, view, team)
    else:
        pbx, device = _of_telephone(frame, identity, person, view, team)
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


def _of_connection(
    frame: CommandFrame, identity: Identity, person: Person, view: UserView, team: Team | None
) -> tuple[str, str]:
    """PBX and telephone of a command about a connection."""
    if not frame.connection_id:
        raise CommandRefused(ErrorCode.BAD_REQUEST, f"{frame.verb}: connection_id is missing")
    mine = {call.id: call for call in view.calls}
    call = mine.get(frame.connection_id)
    others = may_act_for_others(identity, frame.verb)

    def reaches(connection_id: str) -> bool:
        return connection_id in mine or (others and (team is None or connection_id in team.calls))

    if frame.other_connection_id and not reaches(frame.other_connection_id):
        raise CommandRefused(ErrorCode.NOT_FOUND, "other_connection_id: you have no such call")
    if call is not None:
        return _of_own_call(frame, call)
    if not reaches(frame.connection_id):
        raise CommandRefused(ErrorCode.NOT_FOUND, "you have no such call: it is over, or another's")
    return _of_telephone(frame, identity, person, view, team)


def _of_own_call(frame: CommandFrame, call: CallView) -> tuple[str, str]:
    if (frame.pbx or call.pbx) != call.pbx or (frame.device or call.device) != call.device:
        raise CommandRefused(ErrorCode.BAD_REQUEST, "the call is at another telephone than pbx and device say")
    if frame.verb not in call.allowed:
        raise CommandRefused(ErrorCode.WRONG_STATE, f"{frame.verb} is not possible now: the call is {call.state}")
    return call.pbx, call.device


def telephones(person: Person, view: UserView) -> list[tuple[str, str]]:
    """PBX and number of a user's telephones: by the directory first, then those where something happened."""
    extensions = ((each.pbx, each.device) for each in person.extensions)
    agents = ((each.pbx, each.device) for each in view.agents)
    return list(dict.fromkeys([*extensions, *agents, *((each.pbx, each.device) for each in view.calls)]))


def _of_telephone(
    frame: CommandFrame, identity: Identity, person: Person, view: UserView, team: Team | None
) -> tuple[str, str]:
    """PBX and telephone of a command that says which, or means the user's first."""
    mine = telephones(person, view)
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
    if team is not None and (pbx, frame.device) not in team.telephones:
        raise CommandRefused(ErrorCode.FORBIDDEN, "that telephone is nobody's of your team")
    return pbx, frame.device


def _grants(identity: Identity) -> frozenset[str]:
    return identity.grants if Role.INTEGRATOR in identity.roles else frozenset()
