"""What one TMS client is told of its user's calls. Pure: from views and updates to events.

The client keeps a model of its own, which obeys each event blindly: it acts on its current call only, makes the last
call that remains current, and takes permissions as it was told them. `Line` knows what that model holds and mends it.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final

from cti_model.calls import Command, ConnectionState
from cti_model.view import CallView, CtiEvent, CtiEventName, ErrorView, UserView

from push.transports.tms.agents import code_of
from push.transports.tms.calls import CallState, Features, features_of, serialized
from push.transports.tms.frames import ErrorType, EventType, MsgEventInfo, error, told

_EVENT_OF: Final = {
    CtiEventName.CALL_STARTED: EventType.RING_STARTED,
    CtiEventName.COMMUTATION_STARTED: EventType.COMMUTATION_STARTED,
    CtiEventName.HOLD: EventType.PUT_HOLD_ACTION,
    CtiEventName.UNHOLD: EventType.END_HOLD_ACTION,
}


class Line:
    """One client's picture of the calls of its user. Nothing is told of calls before the first `snapshot`."""

    def __init__(self, view: UserView, codes: Collection[str]) -> None:
        self._view = view
        self._codes = codes
        self._told: dict[str, dict[str, Any]] = {}
        self._over: set[str] = set()
        self._current = ""
        self._code = ""
        self._asked = False

    @property
    def calls(self) -> tuple[CallView, ...]:
        """The user's calls, without those that the client believes to be over."""
        return tuple(each for each in self._view.calls if each.id not in self._over)

    @property
    def current(self) -> str:
        """The id of the call that the client's commands are about; empty without one."""
        return self._current

    def call(self, call_id: str) -> CallView | None:
        """A call of the user, or None."""
        return next((each for each in self.calls if each.id == call_id), None)

    def update(self, events: Iterable[CtiEvent], view: UserView) -> list[MsgEventInfo]:
        """What to tell when these events brought about this view. Repeats tell nothing twice."""
        self._view = view
        said = self._agent()
        if not self._asked:
            return said
        for event in sorted(events, key=_consultations_end_first):
            said.extend(self._event(event))
        said.extend(self._permissions())
        said.extend(self._focus())
        self._over &= {each.id for each in view.calls}
        return said

    def snapshot(self) -> list[MsgEventInfo]:
        """All calls anew. A consultation is told by an event of its own: inside a snapshot the client would not know
        it as one.
        """
        self._asked = True
        self._told.clear()
        apart = {each.id for each in self.calls if self._is_consultation(each)}
        together = [each for each in self.calls if each.id not in apart]
        ids = [each.id for each in together]
        preferred = [each for each in (self._current, self._view.current_call) if each in ids]
        self._current = (preferred or ids or [""])[0]
        said = [self._all(together)]
        said.extend(self._first(_kind_of(each), each) for each in self.calls if each.id in apart)
        return said + self._focus()

    def opened(self) -> list[MsgEventInfo]:
        """What a client is told unasked when it has signed in: the state as agent, and each log-in that a PBX refuses
        now. An error of that type is only shown; those of types 2 and 5 would make the client connect anew.
        """
        return [self.agent_state(), *map(_refused, self._view.errors)]

    def line_state(self) -> MsgEventInfo:
        """What may be asked of the line now."""
        call = self.call(self._current)
        features = Features.DIAL if call is None else features_of(call, self.calls)
        return told(EventType.LINE_STATE_CHANGED, {"callFeaturesSet": int(features)})

    def agent_state(self) -> MsgEventInfo:
        """The user's state as agent."""
        self._code = code_of(self._view, self._codes)
        return told(EventType.AGENT_STATE_CHANGED, self._code)

    def _agent(self) -> list[MsgEventInfo]:
        return [self.agent_state()] if code_of(self._view, self._codes) != self._code else []

    def _event(self, event: CtiEvent) -> Iterator[MsgEventInfo]:
        call = event.call
        if event.name is CtiEventName.DTMF_ENTERED:
            yield told(EventType.DTMF_ENTERED, event.digits)
        elif event.name is CtiEventName.CALL_SAVED:
            yield self._saved(event.database_id)
        elif event.error is not None:
            yield _refused(event.error)
        if call is None or call.id in self._over:
            return
        if kind := _EVENT_OF.get(event.name):
            yield self._changed(kind, call) if call.id in self._told else self._first(kind, call)
        elif event.name is CtiEventName.CALL_INFO_CHANGED and call.id in self._told and call.database_id:
            yield from self._other_numbers(call)
        elif event.name is CtiEventName.CALL_BUSY and call.id in self._told:
            yield told(EventType.ABONENT_BUSY, {"id": call.id, "state": int(CallState.BUSY)})
        elif event.name is CtiEventName.CALL_FINISHED and call.id in self._told:
            yield from self._finished(call)

    def _first(self, kind: EventType, call: CallView) -> MsgEventInfo:
        self._current = self._current or call.id
        self._told[call.id] = serialized(call, features_of(call, self.calls))
        return told(kind, self._told[call.id])

    def _changed(self, kind: EventType, call: CallView) -> MsgEventInfo:
        """An event of a call that the client knows: it keeps the fields that are left out."""
        before = self._told[call.id]
        now = serialized(call, features_of(call, self.calls))
        self._told[call.id] = before | now
        always = ("id", "state", "callFeaturesSet")
        return told(kind, {name: value for name, value in now.items() if name in always or before.get(name) != value})

    def _saved(self, row: str) -> MsgEventInfo:
        """The journal has the call's row, which is named by the same id; that may be after the call is over."""
        if row in self._told:
            self._told[row]["databaseUId"] = row
        return told(EventType.CALL_SAVED_IN_DB, {"id": row, "databaseUId": row})

    def _other_numbers(self, call: CallView) -> Iterator[MsgEventInfo]:
        """Somebody else is at the other side. The client finds the call by its row: without one it would hit another,
        and the numbers go with the call's next event.
        """
        before = self._told[call.id]
        now = {name: value for name, value in serialized(call, Features.NOTHING).items() if name != "callFeaturesSet"}
        if any(before.get(name) != value for name, value in now.items()):
            self._told[call.id] = before | now
            yield told(EventType.CALL_INFO_CHANGED, now)

    def _finished(self, call: CallView) -> Iterator[MsgEventInfo]:
        """The end of a call. With a transfer its consultation ends too, and must be told first: the client would make
        it the current call for a moment.
        """
        if call.redirection_id:
            for each in self._view.calls:
                if each.parent_id == call.id and each.id in self._told:
                    self._over.add(each.id)
                    yield self._ended({"id": each.id, "state": int(CallState.NONE)})
        moved = {"redirectingId": call.redirecting_id, "redirectionId": call.redirection_id}
        end = {"id": call.id, "state": int(CallState.NONE), **{name: value for name, value in moved.items() if value}}
        if len(self._told) > 1:
            yield self._ended(end)
        else:  # the client keeps the permissions that it was told last: without this nobody could dial again
            yield self._ended({**end, "callFeaturesSet": int(Features.DIAL)})
            yield told(EventType.LINE_STATE_CHANGED, {"callFeaturesSet": int(Features.DIAL)})

    def _ended(self, content: dict[str, Any]) -> MsgEventInfo:
        del self._told[content["id"]]
        if self._current == content["id"]:
            self._current = ""
        if len(self._told) == 1:
            self._current = next(iter(self._told))
        return told(EventType.RING_FINISHED, content)

    def _permissions(self) -> Iterator[MsgEventInfo]:
        for call in self.calls:
            known = self._told.get(call.id)
            features = int(features_of(call, self.calls))
            if known is not None and known["callFeaturesSet"] != features:
                known["callFeaturesSet"] = features
                yield told(EventType.LINE_STATE_CHANGED, {"callFeaturesSet": features, "callId": call.id})

    def _focus(self) -> list[MsgEventInfo]:
        """Another current call, where the client's own choice would leave a call that cannot be acted on: a second
        one that rings, or those that remain when the current one has ended.
        """
        known = [each for each in self.calls if each.id in self._told]
        if known and not self._current:
            self._current = next((each.id for each in known if each.id == self._view.current_call), known[0].id)
            return self.snapshot() if any(self._is_consultation(each) for each in known) else [self._all(known)]
        if any(self._is_consultation(each) for each in known):
            return []
        ringing = [each.id for each in known if Command.ANSWER in each.allowed]
        if ringing and self._current not in ringing:
            self._current = ringing[0]
            return [self._all(known)]
        return []

    def _all(self, calls: list[CallView]) -> MsgEventInfo:
        for call in calls:
            self._told[call.id] = self._told.get(call.id, {}) | serialized(call, features_of(call, self.calls))
        active = [self._told[call.id] for call in calls]
        current = self._told.get(self._current)
        return told(EventType.ACTIVE_CALL_SNAPSHOT, {"ActiveCalls": active, "CurrentCall": current})

    def _is_consultation(self, call: CallView) -> bool:
        return bool(call.parent_id) and self.call(call.parent_id) is not None


def _refused(fault: ErrorView) -> MsgEventInfo:
    return error(ErrorType.AUTHENTICATION, fault.reason, fault.message, fault.device)


def _kind_of(call: CallView) -> EventType:
    if call.state is ConnectionState.HELD:
        return EventType.PUT_HOLD_ACTION
    return EventType.COMMUTATION_STARTED if call.answered_at is not None else EventType.RING_STARTED


def _consultations_end_first(event: CtiEvent) -> int:
    """A sort key that keeps the order except that ends come as the client can bear them."""
    if event.name is not CtiEventName.CALL_FINISHED or event.call is None:
        return 0
    return 1 if event.call.parent_id else 2
