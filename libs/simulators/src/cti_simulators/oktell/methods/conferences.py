"""Methods of conferences and of listening to a talk."""

from collections.abc import Callable, Iterable

from cti_simulators.oktell import conferences, faults, links
from cti_simulators.oktell.frames import Body
from cti_simulators.oktell.house import House
from cti_simulators.oktell.methods.request import Method, done, fields, text
from cti_simulators.oktell.state import Line, Member, Room, User


def _room(house: House, user: User, params: Body) -> Room | None:
    """The conference that is named, else the one that the user is in."""
    named = house.pbx.rooms.get(text(params, "conferenceid"))
    link = user.line.current
    return named or (link.called if link is not None and isinstance(link.called, Room) else None)


def _in_room(do: Callable[[House, User, Room, Body], Body]) -> Method:
    def method(house: House, user: User, params: Body) -> Body:
        room = _room(house, user, params)
        return done(False) if room is None else do(house, user, room, params)

    return method


def _lines(house: House, params: Body) -> Iterable[Line]:
    """Who is meant by `competitors`: a number inside or outside, or a user's id or login."""
    wanted = params.get("competitors")
    for each in wanted if isinstance(wanted, list) else []:
        said = [text(each, name) for name in ("userid", "userlogin", "number", "intnumber")]
        user = next((found for found in map(house.pbx.user, filter(None, said)) if found is not None), None)
        line = user.line if user is not None else house.pbx.find(said[2] or said[3])
        if isinstance(line, Line):
            yield line


def _create(house: House, user: User, params: Body) -> Body:
    name = text(fields(params, "conference"), "name")
    room = conferences.create(house.pbx, user.line, name, _lines(house, params))
    return done(room is not None) | ({"conferenceid": room.id} if room is not None else {})


def _invite(house: House, _: User, room: Room, params: Body) -> Body:
    conferences.invite(house.pbx, room, _lines(house, params))
    return {}


def _info(_: House, user: User, room: Room, params: Body) -> Body:
    mine = room.member(user.line)
    about = {"id": room.id, "name": room.name, "room": room.number, "isghost": mine is not None and mine.ghost}
    return {"conference": about, "competitors": _competitors(room)}


def _competitors(room: Room) -> list[Body]:
    return [conferences.competitor(each) for each in (*room.members, *room.heard)]


def _watch(_: House, user: User, room: Room, params: Body) -> Body:
    (room.watchers.add if params.get("handle") else room.watchers.discard)(user.login)
    return {}


def _meant(room: Room, params: Body) -> Member | None:
    wanted = text(fields(params, "competitor"), "competitorid")
    return next((each for each in (*room.members, *room.heard) if each.id == wanted), None)


def _disconnect(house: House, _: User, room: Room, params: Body) -> Body:
    member = _meant(room, params)
    if member is None or member.line.current is None:
        return done(False)
    links.finish(house.pbx, member.line.current, member.line)
    return {}


def _exit(house: House, user: User, room: Room, _: Body) -> Body:
    if room.member(user.line) is None or user.line.current is None:
        return done(False)
    links.finish(house.pbx, user.line.current, user.line)
    return {}


def _listen(house: House, user: User, params: Body) -> Body:
    other = house.pbx.user(text(params, "ghostedid"))
    if not user.plan.supervisor:
        return dict(faults.NO_RIGHTS)
    return done(other is not None and conferences.listen(house.pbx, user.line, other) is not None)


def _ghost_mode(house: House, _: User, room: Room, params: Body) -> Body:
    return done(conferences.set_ghost_mode(house.pbx, room, text(params, "ghostmode")))


def _voice(_: House, user: User, room: Room, params: Body) -> Body:
    mine, meant = room.member(user.line), _meant(room, params)
    if mine is None:
        return done(False)
    mine.helps = meant.id if meant is not None else ""
    return {}


CONFERENCES: dict[str, Method] = {
    "buildconferencefromcommutation": lambda house, user, _: done(conferences.build(house.pbx, user.line) is not None),
    "createnewconference": _create,
    "invitetoconference": _in_room(_invite),
    "checkcanconnecttogathertoconference": lambda _, user, __: {"canconnecttogather": False},
    "connecttogathertoconference": lambda _, user, __: done(False),
    "getconferenceinfo": _in_room(_info),
    "getconferencecompetitors": _in_room(lambda _, user, room, __: {"competitorlist": _competitors(room)}),
    "confhandleevent": _in_room(_watch),
    "confdisconnectcompetitor": _in_room(_disconnect),
    "exitconference": _in_room(_exit),
    "attachasghost": _listen,
    "confsetghostmode": _in_room(_ghost_mode),
    "confsetvoiceparams": _in_room(_voice),
}
