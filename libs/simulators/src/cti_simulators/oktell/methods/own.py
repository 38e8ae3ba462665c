"""What a user asks and sets of itself: state, call centre, redirect, password, passwords for a download."""

from cti_simulators.oktell import users
from cti_simulators.oktell.frames import Body
from cti_simulators.oktell.house import House
from cti_simulators.oktell.methods.request import Method, done, fields, text
from cti_simulators.oktell.pbx import user_state
from cti_simulators.oktell.state import User


def _info(_: House, user: User, params: Body) -> Body:
    return {
        "userid": user.id,
        "username": user.plan.name,
        "mainpbxnumber": user.line.number,
        "hasline": True,
        "lineid": user.id,
        "linenumber": user.line.number,
        "isoperator": True,
    }


def _set_state(house: House, user: User, params: Body) -> Body:
    changed = users.set_state(house.pbx, user, params)
    return done(changed) | user_state(user)


def _call_centre(*, inside: bool) -> Method:
    def do(house: House, user: User, _: Body) -> Body:
        return _set_state(house, user, {"oncallcenter": inside})

    return do


def _rules(_: House, user: User, params: Body) -> Body:
    rule = {"id": f"redirect-{user.id}", "destinationnumber": user.redirect_to, "userid": user.id, "isenabled": True}
    return {"redirectrules": [rule] if user.redirect_to else []}


def _save_rules(_: House, user: User, params: Body) -> Body:
    user.redirect_to = text(fields(params, "redirectrule"), "destinationnumber")
    return done(bool(user.redirect_to))


def _delete_rules(house: House, user: User, _: Body) -> Body:
    user.redirect_to = ""
    if user.redirects:
        users.set_state(house.pbx, user, {"onredirect": False})
    return {}


def _password(_: House, user: User, params: Body) -> Body:
    if text(params, "oldpwdmd5") not in user.hashes:
        return {"result": 0, "errormsg": "old password is wrong"}
    new = text(params, "newpwdmd5")
    user.hashes = frozenset((new,)) if new else user.hashes
    return done(bool(new))


def _download(house: House, user: User, params: Body) -> Body:
    password = house.pbx.new_id()
    house.downloads.add(password)
    if params.get("responsetowebsock"):
        house.pbx.tell_user(user, "httpresponsecopy", response="200 OK", password=password, content="")
    return {"password": password}


def _custom_event(house: House, user: User, params: Body) -> Body:
    recipients = params.get("recipients")
    wanted = [str(each) for each in recipients] if isinstance(recipients, list) else []
    found = [each for each in (house.pbx.user(name) for name in wanted) if each is not None]
    back = [user] if str(params.get("sendback")) == "1" and user not in found else []
    for each in (*found, *back):
        house.pbx.tell_user(each, "customevent", eventname=params.get("eventname"), eventparam=params.get("eventparam"))
    return {}


OWN: dict[str, Method] = {
    "getmyuserinfo": _info,
    "getuserstate": lambda _, user, __: user_state(user),
    "setuserstate": _set_state,
    "entercallcenter": _call_centre(inside=True),
    "exitcallcenter": _call_centre(inside=False),
    "getredirectrules": _rules,
    "saveredirectrules": _save_rules,
    "deleteredirectrules": _delete_rules,
    "changepassword": _password,
    "gettemphttppass": _download,
    "triggercustomevent": _custom_event,
}
