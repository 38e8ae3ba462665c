"""Commands that bring a third party in. A consultation is a second call of the requester's telephone.

`att_xfer_bridge` is told the requester's leg of the consultation too (`leg-d`), which the engine knows and its own
clients leave out: so both legs say that the transfer was confirmed.
"""

from typing import Any, Final

from cti_connector.sight import needs
from cti_freeswitch.asking import transferred
from cti_model.calls import Command, ConnectionState

from connector_webitel.old.actions.calls import clear, number, rings
from connector_webitel.old.actions.plan import Ask, Plan
from connector_webitel.old.translate.legs import moved
from connector_webitel.old.wire import Request


def blind_transfer(ask: Ask) -> Plan:
    """Pass the other side on to a number. The engine is told the leg that goes on, not the one that leaves."""
    channel, _, _ = ask.own()
    far, to = ask.far_side(channel), number(ask.request.to)
    step = Request("transfer", {"channel-uuid": far.uid, "destination": to})
    done = (lambda: ask.tell(moved(far.uid, to))) if ask.account else None
    return Plan((step,), needs((far,), transferred(channel)), done=done)


def consult(ask: Ask) -> Plan:
    """Call somebody about this call, the other side waiting on hold: the engine does not hold it by itself.

    Its clients send `auto_answer_param` as a list of one, which its newest version leaves out; a text works with all.
    """
    channel, connection, box = ask.own()
    to = number(ask.request.to)
    args: dict[str, Any] = {
        "channel-uuid": channel.uid,
        "user": ask.user,
        "extension": f"{to}@{ask.domain}",
        "parent_call_uuid": box.call.native_ids[0],
        **ask.auto_answer,
    }
    held = connection.state is ConnectionState.HELD
    first = () if held else (Request("hold", {"channel-uuid": channel.uid}),)
    return Plan((*first, Request("att_xfer2", args)), needs((channel,), rings(ask, to)))


def complete_transfer(ask: Ask) -> Plan:
    """Bring the two others together: both legs of the requester's telephone end, and are not needed for it."""
    mine, consultation = ask.both()
    first, second = ask.far_side(mine), ask.far_side(consultation)
    legs = {"a": mine.uid, "b": first.uid, "c": second.uid, "d": consultation.uid}
    step = Request("att_xfer_bridge", {f"channel-uuid-leg-{name}": uid for name, uid in legs.items()})
    return Plan((step,), needs((first, second), transferred(mine)))


def cancel_transfer(ask: Ask) -> Plan:
    """End the consultation. The other side stays on hold until it is retrieved.

    The engine has `att_xfer_cancel` for it, which ends that leg and nothing else; `hangup` does the same, and needs
    no leg of the first call, which may be over.
    """
    channel, _, _ = ask.consultation()
    return clear(ask.about(channel.connection_id), Command.CANCEL_TRANSFER)


TRANSFERS: Final = {
    Command.BLIND_TRANSFER: blind_transfer,
    Command.CONSULT: consult,
    Command.COMPLETE_TRANSFER: complete_transfer,
    Command.CANCEL_TRANSFER: cancel_transfer,
}
