"""Sequences, versions and epochs mean something only within one life of the streams that they count."""

from cti_bus import Bus, life_of
from cti_bus.streams import EVENTS, USERS
from cti_model.events import Origin
from cti_model.view import CtiEvent, CtiEventName, UserUpdate, UserView

from push.projector.step import epoch_of


async def life_of_the_streams(bus: Bus) -> str:
    """Names the streams of call events and of users' views; another name when one of them was deleted and made anew."""
    return await life_of(bus, EVENTS.name, USERS.name)


def begin_anew(last: UserUpdate, life: str) -> UserUpdate:
    """The first update of a user's history in another life of the streams: no calls, for nothing will end the old ones.

    Events of calls that go on bring them back.
    """
    tenant, user = last.view.tenant, last.view.user
    return UserUpdate(
        epoch=epoch_of(tenant, user, life),
        version=1,
        source_seq=0,
        occurred_at=last.occurred_at,
        origin=Origin.RECONCILED,
        events=(CtiEvent(name=CtiEventName.ACTIVE_CALL_SNAPSHOT),),
        view=UserView(tenant=tenant, user=user),
    )
