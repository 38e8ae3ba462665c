"""What the engine's client library tells its panel: the events by which the old generation is known.

They are no frames: the library computes them from the events of the user's own channels, and so do we. The rules are
those of the public libraries, seen by running them (3.0.1 and 3.1). Where the two differ, ours is 3.1's, but for the
direction, which is 3.0.1's: it needs no header that older FreeSWITCHes lack. `onNewWebRTCCall` is not among them: a
library tells it when it makes its own Verto call, of which this socket knows nothing; the web phone tells that.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from cti_freeswitch.event import Event


class Callback(StrEnum):
    """By its name in the library."""

    NEW_CALL = "onNewCall"
    ACCEPT = "onAcceptCall"
    HOLD = "onHoldCall"
    UNHOLD = "onUnholdCall"
    DTMF = "onDtmfCall"
    BRIDGE = "onBridgeCall"
    UNBRIDGE = "onUnBridgeCall"
    UUID = "onUuidCall"
    HANGUP = "onHangupCall"
    ERROR = "onError"


class CallState(IntEnum):
    """A call's state, by the library's number."""

    RINGING = 1
    ANSWERED = 2
    HELD = 3
    ACTIVE = 4
    DOWN = 5


class Way(StrEnum):
    """A call's direction, as the user sees it. `callback`: a click-to-call whose own telephone still rings."""

    IN = "inbound"
    OUT = "outbound"
    CALLBACK = "callback"


@dataclass(eq=False)
class LibraryCall:
    """A call of the library: an id, its channels with the newest event about each, and a state."""

    uuid: str
    first: Event
    channels: dict[str, Event] = field(default_factory=dict)
    state: CallState = CallState.RINGING

    @property
    def way(self) -> Way:
        """Its direction. FreeSWITCH's own is the switch's: a channel that calls the switch is `inbound`."""
        if self.first.variable("w_jsclient_originate_number"):
            return Way.CALLBACK if self.state is CallState.RINGING else Way.OUT
        return Way.OUT if self.first.get("Call-Direction") == "inbound" else Way.IN


@dataclass(frozen=True)
class Said:
    """One callback. `call` is none for an error; `new_id` with `onUuidCall` (empty: the id is not known any more)."""

    callback: Callback
    call: LibraryCall | None = None
    channel: str = ""
    digits: str = ""
    new_id: str = ""
    message: str = ""


class Library:
    """What one user's library knows: calls, channels. Both outlive a connection, as the library's own do."""

    def __init__(self, account: str) -> None:
        self.account = account
        self.calls: dict[str, LibraryCall] = {}
        self._channels: dict[str, LibraryCall] = {}  # until CHANNEL_DESTROY, longer than in its call

    def knows(self, uid: str) -> bool:
        """Whether a channel is in a call."""
        call = self._channels.get(uid)
        return call is not None and uid in call.channels

    def call_of(self, uid: str) -> LibraryCall:
        """The call of a channel that it knows."""
        return self._channels[uid]

    def adopt(self, uid: str, event: Event) -> None:
        """A channel that lives, of which it was not told: what happens to it next is no error."""
        if uid not in self._channels:
            call = self.calls.setdefault(call_uuid(event), LibraryCall(call_uuid(event), event))
            call.channels[uid] = event
            call.state = _STATES.get(event.get("Channel-Call-State"), CallState.ANSWERED)
            self._channels[uid] = call

    def forget(self, uids: Iterable[str]) -> None:
        """Channels that live no more, of whose end it was not told."""
        for uid in tuple(uids):
            call = self._channels.pop(uid)
            call.channels.pop(uid, None)
            if not call.channels:
                self.calls.pop(call.uuid, None)

    def hear(self, event: Event) -> list[Said]:
        """The callbacks of an event, in order. One about another user's channel says nothing."""
        uid = event.get("Unique-ID")
        if not uid or event.get("Channel-Presence-ID") != self.account:
            return []
        if event.name == "CHANNEL_CREATE":
            return self._created(uid, event)
        call = self._channels.get(uid)
        if call is None or uid not in call.channels:
            return self._unknown(uid, event)
        before, call.channels[uid] = call.channels[uid], event
        return self._happened(call, uid, event, before)

    def _created(self, uid: str, event: Event) -> list[Said]:
        if uid in self._channels:
            return [Said(Callback.ERROR, channel=uid, message="already defined")]
        number = call_uuid(event)
        known = self.calls.get(number)
        call = known or LibraryCall(number, event)
        self.calls[number] = self._channels[uid] = call
        call.channels[uid] = event
        return [] if known is not None else [Said(Callback.NEW_CALL, call, uid)]

    def _unknown(self, uid: str, event: Event) -> list[Said]:
        over = self._channels.get(uid) is not None
        if event.name == "CHANNEL_DESTROY":
            self._channels.pop(uid, None)
        silent = over or event.name in ("CHANNEL_CALLSTATE", "CHANNEL_STATE", "CHANNEL_DESTROY")
        return [] if silent else [Said(Callback.ERROR, channel=uid, message=f"Channel not found {uid}")]

    def _happened(self, call: LibraryCall, uid: str, event: Event, before: Event) -> list[Said]:
        match event.name:
            case "CHANNEL_ANSWER":
                return self._answered(call, uid, event)
            case "CHANNEL_BRIDGE":
                return [Said(Callback.BRIDGE, call, uid)]
            case "CHANNEL_UNBRIDGE":
                return [Said(Callback.UNBRIDGE, call, uid)]
            case "CHANNEL_HOLD":
                return _turns(call, uid, CallState.HELD, Callback.HOLD)
            case "CHANNEL_UNHOLD":
                return _turns(call, uid, CallState.ACTIVE, Callback.UNHOLD)
            case "DTMF":
                return [Said(Callback.DTMF, call, uid, digits=event.get("DTMF-Digit"))]
            case "CHANNEL_HANGUP" | "CHANNEL_HANGUP_COMPLETE":
                return self._hung_up(call, uid, event)
            case "CHANNEL_DESTROY":
                del self._channels[uid]
                return self._hung_up(call, uid, event)
            case "CHANNEL_UUID":
                return [Said(Callback.ERROR, call, uid, message="CHANNEL_UUID")]
            case "CHANNEL_STATE" if _numbers(event) != _numbers(before):
                return [Said(Callback.BRIDGE, call, uid)]
            case _:
                return []

    def _answered(self, call: LibraryCall, uid: str, event: Event) -> list[Said]:
        said = _turns(call, uid, CallState.ANSWERED, Callback.ACCEPT)
        joined = event.get("Other-Leg-Unique-ID") or event.variable("cc_queue")
        if said and call.way is Way.IN and joined:
            said.append(Said(Callback.BRIDGE, call, uid))
        return said

    def _hung_up(self, call: LibraryCall, uid: str, event: Event) -> list[Said]:
        del call.channels[uid]
        if call.channels:
            return []
        way, said = call.way, []
        call.state = CallState.DOWN
        self.calls.pop(call.uuid, None)
        new = other_id(event) if way is Way.IN else uid
        if new != call.uuid and event.variable("hangup_cause") != "LOSE_RACE":
            said.append(Said(Callback.UUID, call, uid, new_id=new))
        return [*said, Said(Callback.HANGUP, call, uid)]


_STATES = {"RINGING": CallState.RINGING, "EARLY": CallState.RINGING, "HELD": CallState.HELD}


def call_uuid(event: Event) -> str:
    """The library's id of the call that a channel belongs to."""
    return event.variable("w_account_origination_uuid") or event.get("Channel-Call-UUID") or event.get("Unique-ID")


def other_id(event: Event) -> str:
    """The id by which a call that came in will be known in the end: that of whoever called."""
    said = event.variable("originating_leg_uuid") or event.get("Other-Leg-Unique-ID")
    return said or event.variable("cc_member_session_uuid")


def _turns(call: LibraryCall, uid: str, state: CallState, callback: Callback) -> list[Said]:
    """A new state; the same again says nothing."""
    if call.state is state:
        return []
    call.state = state
    return [Said(callback, call, uid)]


def _numbers(event: Event) -> tuple[str, str]:
    return event.get("Caller-Caller-ID-Number"), event.get("Caller-Callee-ID-Number")
