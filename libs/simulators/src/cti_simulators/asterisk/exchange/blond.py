"""An attended transfer by a telephone while the third one still rings. Pure but for the `Pbx` handed in.

22 as in its one recording (in `x_load`): the other party takes the place of the channel that dials, with its own name
and Uniqueid. 13 does the same by its sources, which are alike; 11 what it does in other transfers.
"""

from cti_simulators.asterisk.exchange.dialling import Dial
from cti_simulators.asterisk.exchange.masquerades import masquerade
from cti_simulators.asterisk.exchange.pbx import Pbx
from cti_simulators.asterisk.exchange.state import Channel
from cti_simulators.asterisk.exchange.talks import finish, leave, peer, see, talk_ends
from cti_simulators.asterisk.exchange.transfers import retrieve


def possible(first: Channel, second: Channel) -> bool:
    """Whether there is somebody to transfer, and somebody rings for the second call."""
    return peer(first) is not None and isinstance(second.dials, Dial)


def transfer(pbx: Pbx, first: Channel, second: Channel) -> None:
    """Let whom the telephone talks with on `first` hear it ring for `second`, and take both legs away."""
    transferee, bridge, dial = peer(first), first.bridge, second.dials
    if transferee is None or bridge is None or not isinstance(dial, Dial):
        return
    for each in (first, transferee):
        talk_ends(each, "transfer")
    if pbx.facts.masquerades:
        pbx.tell(pbx.voice.attended_while_ringing(first, second, transferee, bridge))
        _transfer_11(pbx, first, second, transferee)
        return
    retrieve(pbx, first)
    pbx.tell(pbx.voice.attended_while_ringing(first, second, transferee, bridge))
    leave(pbx, first)
    leave(pbx, transferee)
    transferee.context, transferee.exten, transferee.priority = second.context, second.exten, second.priority
    transferee.app, transferee.app_data, transferee.runs_dialplan = second.app, second.app_data, True
    second.runs_dialplan = False
    dial.taken_over(transferee)
    pbx.tell(pbx.voice.soft_hangup(second))
    finish(pbx, second)
    for leg in dial.legs:
        see(pbx, transferee, leg)
        see(pbx, leg, transferee)
    finish(pbx, first)


def _transfer_11(pbx: Pbx, first: Channel, second: Channel, transferee: Channel) -> None:
    if transferee.held:
        transferee.held = False
        pbx.tell(pbx.voice.silence(transferee))
    masquerade(pbx, transferee, second)
    leave(pbx, transferee)
    leave(pbx, first)
    pbx.tell(pbx.voice.hangup_request(first, 16))
    for each in sorted((first, transferee), key=lambda each: each.runs_dialplan):
        finish(pbx, each)
