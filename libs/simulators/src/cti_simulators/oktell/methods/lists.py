"""What a user asks of the whole exchange: version, numbers, users, queue, journal."""

from cti_simulators.oktell.frames import Body
from cti_simulators.oktell.house import House
from cti_simulators.oktell.lineinfo import about
from cti_simulators.oktell.methods.request import Method, done, fields, text
from cti_simulators.oktell.state import ZERO, User


def _version(house: House, _: User, params: Body) -> Body:
    version = house.pbx.plan.version
    about_it = {"dated": version.dated, "build": version.build, "webserverport": version.webserverport}
    return {"version": about_it, "alloweddbstoredprocs": {}}


def _lunches(house: House, _: User, params: Body) -> Body:
    return {"items": [{"id": key, "name": name} for key, name in house.pbx.plan.lunches.items()]}


def _numbers(house: House, _: User, params: Body) -> Body:
    pbx = house.pbx
    people = [
        {"id": each.id, "number": each.line.number, "caption": each.plan.name, "state": int(each.state)}
        for each in pbx.users.values()
    ]
    places = [
        {"id": each.id, "number": each.number, "caption": each.name, "state": 1}
        for each in (*pbx.queues.values(), *pbx.menus.values())
    ]
    where = {"departmentid": ZERO, "department": "Sales"}
    return {"numbers": [each | where for each in (*people, *places)]}


def _users(house: House, user: User, params: Body) -> Body:
    return {
        "users": [
            {
                "id": each.id,
                "name": each.plan.name,
                "login": each.login,
                "main": each.line.number,
                "nums": [each.line.number],
                "sub": user.plan.supervisor and each is not user,
            }
            for each in house.pbx.users.values()
        ]
    }


def _queue(house: House, user: User, params: Body) -> Body:
    """Who waits in the queues that this user is a member of."""
    return {"queue": _waiting(house, user)}


def _waiting(house: House, user: User | None) -> list[Body]:
    return [
        about(link.caller, "") | {"chainid": link.chain, "queuename": queue.name, "queuenumber": queue.number}
        for queue in house.pbx.queues.values()
        if user is None or user.line.number in queue.members
        for link in queue.waiting
    ]


def _journal(house: House, _: User, params: Body) -> Body:
    chain = text(fields(params, "filter"), "idchain")
    return {"data": [each for each in house.pbx.journal if chain in ("", each["idchain"])]}


def _procedure(_: House, user: User, params: Body) -> Body:
    return {"result": 0, "errorcode": 1}


LISTS: dict[str, Method] = {
    "getversion": _version,
    "cc_getlunchtypes": _lunches,
    "getpbxnumbers": _numbers,
    "getallusernumbers": _users,
    "getalluserphotolink": lambda _, user, __: {"links": []},
    "getuserphoto": lambda _, user, __: {"link": ""},
    "setmyuserphoto": lambda _, user, __: {},
    "getcurrentqueue": _queue,
    "gettotalqueue": lambda house, user, _: {"queue": _waiting(house, None)},
    "getpbxcalljournal": _journal,
    "execpredefineddbstoredproc": _procedure,
    "execsvcscript": lambda _, user, __: done(False),
    "sendusertextmessage": lambda _, user, __: {},
    "methodresult": lambda _, user, __: {},
}
