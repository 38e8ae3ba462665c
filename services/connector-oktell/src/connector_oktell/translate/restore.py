"""Going on with what the bus knows: living calls as they were last told, before any line was asked about."""

from collections.abc import Iterable

from cti_model.calls import Call, Connection, ConnectionState, DeviceKind, Direction

from connector_oktell.translate.line import Line, Phone, View
from connector_oktell.translate.lineinfo import Abonent
from connector_oktell.translate.state import Box, State

_PHONES = {
    (ConnectionState.ALERTING, Direction.IN): Phone.RING,
    (ConnectionState.ALERTING, Direction.OUT): Phone.BACKRING,
}


def restore(state: State, calls: Iterable[Call]) -> None:
    """Put living calls into an empty state. What the lines say next is compared with them."""
    for call in calls:
        if not call.alive:
            continue
        box = state.open(call, {each.partition("#")[0] for each in call.native_ids})
        for native in call.native_ids:
            chain, _, further = native.partition("#")
            again = int(further) if further.isdecimal() else 0
            state.begun[chain] = max(state.begun.get(chain, 0), again + 1)
        for each in box.living():
            if each.device.kind is DeviceKind.EXTENSION:
                _seat(state, box, each)


def _seat(state: State, box: Box, own: Connection) -> None:
    desk = state.desk(own.device.number)
    desk.name = desk.name or own.party.name
    desk.sure_at = max(filter(None, (desk.sure_at, own.changed_at)))
    other = next((each for each in box.living() if each.connection_id != own.connection_id), None)
    abonent = _abonent(box, own, other)
    view = desk.line.view
    if own.state is ConnectionState.HELD:
        desk.held = box
        desk.line = Line(View(view.phone, view.abonent, abonent))
    else:
        desk.box = box
        state_of = Phone.TALK if own.talking else Phone.CALL
        desk.line = Line(View(_PHONES.get((own.state, own.direction), state_of), abonent, view.held))


def _abonent(box: Box, own: Connection, other: Connection | None) -> Abonent:
    party = other.party if other is not None else own.remote
    number = party.number or own.remote.number
    external = other.device.kind is DeviceKind.TRUNK if other is not None else not own.internal
    chain = box.call.native_ids[-1].partition("#")[0]
    return Abonent(key=number or chain, number=number, name=party.name, external=external, chain=chain)
