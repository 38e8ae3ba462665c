"""One call, agent, journal or operator event to the updates of the users it concerns. Pure."""

from collections.abc import Callable
from uuid import NAMESPACE_URL, uuid5

from cti_model import subjects
from cti_model.agents import AgentEvent
from cti_model.calls import Call, Connection, DeviceKind
from cti_model.directory import Owners
from cti_model.events import CallEvent
from cti_model.journal import Identified, JournalEvent, Saved
from cti_model.operators import OperatorEvent
from cti_model.view import CtiEvent, UserUpdate, UserView, project, project_agent, project_journal, project_operator

from push.projector.views import Views

Event = CallEvent | AgentEvent | JournalEvent | OperatorEvent


def epoch_of(tenant: str, user: str, life: str) -> str:
    """The identity of a user's history.

    `life` names the streams that it is told in: when they are made anew, versions begin anew too. It needs no message
    of the user, so a client that comes before the first call gets the epoch that this call will have.
    """
    return str(uuid5(NAMESPACE_URL, f"trunkline:{tenant}/{user}/{life}"))


def everybody(_: str) -> bool:
    """Every user is concerned."""
    return True


def step(
    latest: Views,
    event: Event,
    source_seq: int,
    owners: Owners,
    life: str,
    ours: Callable[[str], bool] = everybody,
) -> list[UserUpdate]:
    """The next updates after an event, given each user's latest one; at most one for a user.

    A user whose latest update came from this event or a later one is not told again, so events may be repeated.
    `life`: see `epoch_of`. `ours`: which users to tell; others are other projectors'. A user whose id cannot be a token
    of a subject is left out.
    """
    told: list[UserUpdate] = []
    for user, project_event in _concerned(latest, event, owners):
        if not ours(user):
            continue
        last = latest.get(user)
        if last is not None and last.source_seq >= source_seq:
            continue
        tenant = tenant_of(event)
        view = last.view if last is not None else UserView(tenant=tenant, user=user)
        after, events = project_event(view)
        if after == view and not events:
            continue
        told.append(
            UserUpdate(
                epoch=last.epoch if last else epoch_of(tenant, user, life),
                version=last.version + 1 if last else 1,
                source_seq=source_seq,
                occurred_at=event.occurred_at,
                origin=event.origin,
                events=events,
                view=after,
            )
        )
    return told


Project = Callable[[UserView], tuple[UserView, tuple[CtiEvent, ...]]]


def tenant_of(event: Event) -> str:
    """The tenant that an event is of."""
    if isinstance(event, JournalEvent | OperatorEvent):
        return event.tenant
    return event.agent.tenant if isinstance(event, AgentEvent) else event.call.tenant


def _concerned(latest: Views, event: Event, owners: Owners) -> list[tuple[str, Project]]:
    """The users that an event concerns, each once, and what it does to a view of theirs."""
    if isinstance(event, AgentEvent):
        agent = event.agent
        users = owners(agent.tenant, agent.pbx, agent.device, event.occurred_at)
        return [(user, lambda view: project_agent(view, event)) for user in users if usable(user)]
    if isinstance(event, OperatorEvent):
        return [(event.user, lambda view: project_operator(view, event))] if usable(event.user) else []
    if isinstance(event, JournalEvent):
        return [(user, lambda view: project_journal(view, event)) for user in _told(latest, event) if usable(user)]
    call = event.call
    seen_by = {each.connection_id: _seen_by(latest, each, call, owners) for each in call.connections}
    concerned = dict.fromkeys(user for users in seen_by.values() for user in users)
    return [(user, _of_calls(event, user, seen_by)) for user in concerned if usable(user)]


def _told(latest: Views, event: JournalEvent) -> tuple[str, ...]:
    """Who is told what the journal adds: whoever sees the call, or whose row it is."""
    fact = event.fact
    if isinstance(fact, Identified):
        return latest.seers(fact.connection_id)
    return (fact.user,) if isinstance(fact, Saved) else fact.owners


def _seen_by(latest: Views, connection: Connection, call: Call, owners: Owners) -> tuple[str, ...]:
    """Who had the extension when the connection began, and whoever sees it already, whatever is said of it now."""
    if connection.device.kind is not DeviceKind.EXTENSION:
        return ()
    had = owners(call.tenant, call.pbx, connection.device.number, connection.started_at)
    return tuple(dict.fromkeys((*had, *latest.seers(connection.connection_id))))


def _of_calls(event: CallEvent, user: str, seen_by: dict[str, tuple[str, ...]]) -> Project:
    return lambda view: project(view, event, lambda connection: user in seen_by[connection.connection_id])


def usable(user: str) -> bool:
    """Whether a user can have a subject."""
    try:
        subjects.token(user)
    except subjects.BadToken:
        return False
    return True
