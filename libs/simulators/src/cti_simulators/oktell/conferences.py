"""Conferences, and listening to a talk, which the exchange makes as a conference with a ghost."""

from collections.abc import Iterable
from functools import partial

from cti_simulators.oktell import calls, links
from cti_simulators.oktell.pbx import Pbx
from cti_simulators.oktell.state import Flash, Line, Link, Member, Phase, Room, User

Body = dict[str, object]


def build(pbx: Pbx, line: Line) -> Room | None:
    """`buildconferencefromcommutation`: the talk, and who is in the buffer too, become a conference."""
    talk, held = line.current, line.flashed
    if talk is None or not line.talks or not isinstance(talk.other(line), Line):
        return None
    room = new(pbx, "")
    lines = [line, talk.other(line), held.other(line) if held is not None else None]
    if held is not None:
        pbx.tell(line, "flashstatechanged", flashtypeid=int(Flash.INVITE))
    _move(pbx, room, talk, held, [each for each in lines if isinstance(each, Line)], creator=line)
    return room


def _move(pbx: Pbx, room: Room, talk: Link, held: Link | None, lines: Iterable[Line], creator: Line | None) -> None:
    """All of a talk into a room."""
    for each in lines:
        links.comm_stopped(pbx, each, each.current or talk)
        each.flashed = None
        link = pbx.link(each, room.number, Phase.DIAL, talk.chain)
        link.called = room
        each.current = link
        join(pbx, room, each, link, creator=each is creator)
    for former in (talk, held):
        if former is not None:
            links.retire(pbx, former)


def new(pbx: Pbx, name: str, room_number: str = "") -> Room:
    """An empty conference."""
    room = Room(pbx.new_id(), room_number, name or f"Conference {len(pbx.rooms) + 1}")
    pbx.rooms[room.id] = room
    return room


def create(pbx: Pbx, line: Line, name: str, others: Iterable[Line]) -> Room | None:
    """`createnewconference`: the creator's own telephone and those of the others ring. None: the line is taken."""
    if line.taken:
        return None
    room = new(pbx, name)
    _ring_back(pbx, line, room)
    invite(pbx, room, others)
    return room


def invite(pbx: Pbx, room: Room, lines: Iterable[Line]) -> None:
    """Call somebody to a conference; whoever is busy is not called."""
    for line in lines:
        if calls.free(line):
            link = pbx.link(room, line.number, Phase.RING)
            link.called = line
            room.links.append(link)
            calls.ring(pbx, link, line)
            seconds = pbx.plan.extension_ring_s if line.user else pbx.plan.outside_ring_s
            pbx.later(seconds, partial(_unanswered, pbx, link, Phase.RING))


def _ring_back(pbx: Pbx, line: Line, room: Room) -> None:
    link = pbx.link(line, room.name, Phase.BACK)
    link.called, link.autocall = room, True
    room.links.append(link)
    calls.seize(pbx, line, link)
    pbx.changed(line)
    calls.ring_started(pbx, line, link)
    pbx.later(pbx.plan.back_ring_s, partial(_unanswered, pbx, link, Phase.BACK))


def _unanswered(pbx: Pbx, link: Link, phase: Phase) -> None:
    if link.phase is phase:
        links.finish(pbx, link)


def join(pbx: Pbx, room: Room, line: Line, link: Link, *, creator: bool = False) -> None:
    """Somebody is in."""
    if link not in room.links:
        room.links.append(link)
    links.commutate(pbx, link)
    room.members.append(Member(pbx.new_id(), line, creator or link.autocall, ghost=room.listens is not None))
    if link.autocall:
        pbx.tell(line, "phoneevent_acmcallstopped", chainid=link.chain)
    pbx.changed(line)
    links.comm_started(pbx, line, link)
    composed(pbx, room)


def left(pbx: Pbx, link: Link) -> None:
    """A link has ended: who was in a conference by it is out; nobody is left there alone; a ghost hears no more."""
    for room in tuple(pbx.rooms.values()):
        if room.listens is link:
            for each in tuple(room.links):
                links.finish(pbx, each)
        if link not in room.links:
            continue
        room.links.remove(link)
        for member in [each for each in room.members if each.line in (link.caller, link.called)]:
            room.members.remove(member)
            member.state = "Exited"
            _tell(pbx, room, "confcompetitorstatechanged", conference={"id": room.id}, competitor=competitor(member))
        composed(pbx, room)
        if not room.members or (len(room.links) == 1 and room.listens is None):
            for each in tuple(room.links):
                links.finish(pbx, each)
        if not room.links:
            pbx.rooms.pop(room.id, None)


def competitor(member: Member) -> Body:
    """Somebody in a conference, as the protocol says it."""
    user = member.line.user
    return {
        "competitorid": member.id,
        "number": member.line.number,
        "username": member.line.name,
        **({"userid": user.id, "userlogin": user.login} if user is not None else {}),
        "iscreator": member.creator,
        "isdirector": member.creator,
        "isghost": member.ghost,
        "isghostmajor": False,
        "ishidden": member.ghost,
        "confstatestr": member.state,
    }


def composed(pbx: Pbx, room: Room) -> None:
    """Tell who watches who is in it now."""
    _tell(pbx, room, "confcompositionchanged", conferenceid=room.id, competitorlist=list(map(competitor, room.members)))


def _tell(pbx: Pbx, room: Room, name: str, **eventinfo: object) -> None:
    for login in sorted(room.watchers):
        pbx.tell_user(pbx.users[login], name, eventinfo=eventinfo)


def listen(pbx: Pbx, line: Line, other: User) -> Room | None:
    """`attachasghost`: the line's telephone rings; lifted, it hears the other's talk. None: it cannot now."""
    if line.taken or not other.line.talks or other.line is line:
        return None
    room = new(pbx, f"Ghost at {other.line.number}")
    room.listens, room.ghost_mode = other.line.current, "monitor"
    room.heard = [Member(pbx.new_id(), each) for each in room.listens.lines] if room.listens is not None else []
    _ring_back(pbx, line, room)
    return room


def set_ghost_mode(pbx: Pbx, room: Room, mode: str) -> bool:
    """`monitor`, `help` (one hears the ghost too), `conference` (all talk: the talk becomes a conference)."""
    talk = room.listens
    if talk is None or mode not in ("monitor", "help", "conference"):
        return False
    room.ghost_mode = mode
    if mode == "conference" and talk.phase is Phase.TALK:
        room.listens, room.heard = None, []
        for member in room.members:
            member.ghost = False
        _move(pbx, room, talk, None, talk.lines, creator=None)
    return True
