"""Calls that an Originate made: which request made them, whom they go to, when they are answered."""

from cti_model.calls import Party
from cti_model.events import InformationChanged

from connector_asterisk.channels import Channel, State, known, prompted_phone
from connector_asterisk.translate.answer import established
from connector_asterisk.translate.turn import Turn

ACTION = "action_id"
"""Name in `call.info` of the AMI ActionID whose Originate made the call."""


def originate_response(turn: Turn) -> None:
    """An Originate succeeded (its telephone was lifted) or failed: the call that it made names it from now on."""
    event = turn.event
    channel = _made(turn.state, known(event.get("Uniqueid")), event.get("Channel"))
    connection = channel.connection if channel is not None else None
    if channel is None or channel.box is None or connection is None:
        return
    remote, exten = None, event.get("Exten")
    if exten and turn.state.naming.is_number(exten) and exten != connection.remote.number:
        remote = Party(number=exten)  # the caller id shown to the telephone need not be the number that it will dial
    info = {ACTION: event.get("ActionID")} if event.get("ActionID") else {}
    if info or remote is not None:
        fact = InformationChanged(connection_id=connection.connection_id, remote=remote, info=info)
        turn.say(channel.box, fact, channel)
    if event.get("Response") == "Success" and event.get("Application"):
        channel.application = True  # it is there as soon as the telephone is lifted; an extension has to answer
        if channel.lifted:
            established(turn, channel, channel.box)


def _made(state: State, uid: str, name: str) -> Channel | None:
    """The telephone's channel: by its id where there is one, else the one of that name that was not lifted."""
    channel = state.channels.get(uid)
    if channel is not None and channel.pseudo:
        return prompted_phone(channel)
    if channel is not None or uid:
        return channel
    technology, _, endpoint = name.partition("/")
    rung = state.endpoints.get((technology, endpoint), {})
    return next((each for each in reversed(rung) if each.prompted and not each.lifted), None)
