"""What differs between the versions of Asterisk, as data."""

from msgspec import Struct


class Facts(Struct, frozen=True):
    """One version with its usual channel driver.

    `causes_given_up`: hang-up causes (called leg, caller) when the caller gives up; `cause_not_answered`: of a called
    leg that is given up by the exchange; `cause_cut`: of a caller whose application is ended by its telephone.
    """

    asterisk: str
    ami: str
    technology: str
    causes_given_up: tuple[int, int]
    cause_not_answered: int
    cause_cut: int
    status_of_declined: str
    masquerades: bool = False
    """Transfers and pickups move a telephone to another channel, which keeps its Uniqueid."""
    tells_tech_cause: bool = False
    tells_uptime: bool = False
    rings_first: bool = False
    """A caller's channel is born in state Ring."""
    tells_refusing_phone: bool = False
    hold_reinvites: int = 1
    """So many times a press of the hold key arrives."""
    blind_transfer_action: bool = True
    shuts_down_after_s: float = 1.1
    """So long after the last channel is gone a server that restarts says so and closes."""
    lists_marked: bool = True
    commands_follow: bool = False
    """The output of a command is raw text up to `--END COMMAND--`, not headers."""
    feature_digits_s: float = 0.4
    """How long it takes until digits that nobody pressed have been heard as a feature code."""
    attended_number_s: float = 0.65
    """So long after its last digit the number of an attended transfer is taken to be complete."""
    newexten_class: str = "dialplan"
    cause_originate_unanswered: int = 19
    originate_told_last: bool = False
    """`OriginateResponse` comes behind the `Hangup` of a telephone that refused."""
    processed_calls: bool = False
    holder_state: bool = False
    """ONHOLD is the state of the telephone that holds; else of the one that is held."""


ASTERISK_22 = Facts(
    asterisk="22.10.1",
    ami="11.0.0",
    technology="PJSIP",
    causes_given_up=(127, 127),
    cause_not_answered=0,
    cause_cut=16,
    status_of_declined="NOANSWER",
    tells_tech_cause=True,
    tells_uptime=True,
    rings_first=True,
    tells_refusing_phone=True,
    processed_calls=True,
)
ASTERISK_13 = Facts(
    asterisk="13.38.3",
    ami="2.10.6",
    technology="SIP",
    causes_given_up=(16, 0),
    cause_not_answered=16,
    cause_cut=16,
    status_of_declined="BUSY",
    hold_reinvites=2,
    newexten_class="call",
    commands_follow=True,
    cause_originate_unanswered=16,
    originate_told_last=True,
    holder_state=True,
)
ASTERISK_11 = Facts(
    asterisk="11.25.3",
    ami="1.3",
    technology="SIP",
    causes_given_up=(16, 0),
    cause_not_answered=16,
    cause_cut=0,
    status_of_declined="BUSY",
    masquerades=True,
    feature_digits_s=0.85,
    attended_number_s=1.15,
    originate_told_last=True,
    hold_reinvites=2,
    blind_transfer_action=False,
    shuts_down_after_s=0.09,
    lists_marked=False,
    commands_follow=True,
    holder_state=True,
)

CAUSES = {
    0: "Unknown",
    1: "Unallocated (unassigned) number",
    4: "Unknown",
    16: "Normal Clearing",
    17: "User busy",
    19: "User alerting, no answer",
    20: "Subscriber absent",
    21: "Call Rejected",
    26: "Answered elsewhere",
    34: "Circuit/channel congestion",
    127: "Interworking, unspecified",
}
