"""How the two whom Asterisk's own attended transfer leaves come together. Pure but for the `Pbx` handed in."""

from cti_simulators.asterisk.exchange.locals import optimise
from cti_simulators.asterisk.exchange.masquerades import masquerade
from cti_simulators.asterisk.exchange.pbx import Pbx
from cti_simulators.asterisk.exchange.state import UP, Bridge, Channel
from cti_simulators.asterisk.exchange.talks import enter, finish, leave, see


def join_in_bridge(
    pbx: Pbx, old: Bridge, second: Bridge | None, transferer: Channel, transferee: Channel, one: Channel
) -> None:
    """13 and 22: the Local channel towards the consulted comes into the first talk's bridge. `second`: its own."""
    if second is not None:
        pbx.tell(pbx.voice.merged(old, second))
    leave(pbx, one)
    transferee.held = False
    pbx.tell(pbx.voice.silence(transferee))
    enter(pbx, old, one)
    see(pbx, one, transferee)
    if one.other_half is not None:
        two = one.other_half
        two.number, two.caller_name = transferee.number, transferee.caller_name
        pbx.tell(pbx.voice.new_caller_id(two))
    pbx.tell(pbx.voice.attended(transferer, transferer, transferee, None, (old, second or old)))
    see(pbx, transferee, one)
    optimise(pbx, one)


def join_by_masquerade(pbx: Pbx, transferee: Channel, one: Channel) -> None:
    """11: a stand-in takes the transferee's place, in a bridge with the Local channel towards the consulted."""
    leave(pbx, one)
    leave(pbx, transferee)
    stand = pbx.stand_in("Transfered", transferee)
    pbx.tell(pbx.voice.new_channel(stand))
    stand.state = UP
    masquerade(pbx, transferee, stand)
    bridge = pbx.bridge()
    enter(pbx, bridge, stand)
    enter(pbx, bridge, one)
    stand.app, one.connected_number = transferee.app, stand.number
    stand.connected_number, stand.connected_name = one.number, one.caller_name
    finish(pbx, transferee)
