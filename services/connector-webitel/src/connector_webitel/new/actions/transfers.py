"""Commands that bring a third party in. A consultation is a second call of the operator's, the first one on hold."""

from typing import Final

from cti_connector.sight import ended
from cti_model.calls import Command

from connector_webitel.new.actions.calls import Begun, about, clear, target
from connector_webitel.new.actions.plan import Ask, Plan, Step, is_held
from connector_webitel.new.wire import Fields


def blind_transfer(ask: Ask) -> Plan:
    """Pass the other side on to a number. Of where it went no event tells: the leg is told what its end will mean."""
    leg, _ = ask.own()
    step = about(leg, "call_blind_transfer", destination=ask.request.to)
    leg.sent_to = ask.request.to

    def stays() -> None:
        leg.sent_to = ""

    return Plan((step,), ended(leg), refused=stays)


def consult(ask: Ask) -> Plan:
    """Call somebody about this call, once the other side waits on hold: the engine does not hold it by itself."""
    leg, _ = ask.own()
    begun, to = Begun(ask.state), ask.request.to
    invite = Step("call_invite", lambda: {"destination": to, "params": {}}, is_held(leg))
    return Plan((about(leg, "call_hold"), invite), begun.seen, begun.replied)


def complete_transfer(ask: Ask) -> Plan:
    """Bring the two others together: both legs of the operator end."""
    consultation = ask.consultation()
    first = ask.consulted_about(consultation)
    data = _both(target(first), target(consultation))
    return Plan((Step("call_bridge", lambda: data),), ended(first))


def _both(first: Fields, second: Fields) -> Fields:
    return {f"from_{key}": value for key, value in first.items()} | {f"to_{key}": second[key] for key in second}


def cancel_transfer(ask: Ask) -> Plan:
    """End the consultation. The other side stays on hold until it is retrieved."""
    consultation = ask.consultation()
    return clear(ask.about(consultation.connection_id), Command.CANCEL_TRANSFER)


TRANSFERS: Final = {
    Command.BLIND_TRANSFER: blind_transfer,
    Command.CONSULT: consult,
    Command.COMPLETE_TRANSFER: complete_transfer,
    Command.CANCEL_TRANSFER: cancel_transfer,
}
