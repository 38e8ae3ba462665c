"""The legs of called telephones: for which call they were dialled, and who calls them."""

from cti_model.calls import Direction, Party
from cti_model.events import Leg

from cti_freeswitch.channels import CallBox, Channel
from cti_freeswitch.loopback import source_of
from cti_freeswitch.state import State
from cti_freeswitch.translate.turn import Turn, is_extension


def box_of(state: State, channel: Channel) -> CallBox | None:
    """The call for which a channel was dialled; None where nobody but FreeSWITCH (`originate`) had it dialled."""
    source = source_of(state, channel)
    return source.box if source is not None and source.box is not None and source.box.call.alive else None


def called_leg(turn: Turn, channel: Channel, box: CallBox) -> Leg:
    """The leg of a called telephone: who calls it, as its display says."""
    caller = source_of(turn.state, channel)
    remote = Party(number=channel.number, name=channel.caller_name)
    if caller is not None and caller.box is box and is_extension(turn, caller):
        party = turn.state.party(caller)
        return turn.leg(channel, box, Direction.IN, Party(number=party.number, name=remote.name or party.name), True)
    if not remote.number and caller is not None:
        remote = turn.state.party(caller)
    internal = caller is None and turn.state.naming.is_internal(remote.number)
    return turn.leg(channel, box, Direction.IN, remote, internal)
