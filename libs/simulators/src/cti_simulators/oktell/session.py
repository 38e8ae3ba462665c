"""One connection to a simulated Oktell, sans I/O: texts in, texts out."""

from collections.abc import Iterable

from cti_simulators.oktell import faults, methods
from cti_simulators.oktell.frames import Assembly, BadFrame, Body, decode, encode, split
from cti_simulators.oktell.house import House
from cti_simulators.oktell.methods.lists import LISTS
from cti_simulators.oktell.state import Event, User

GROUPS = {
    "chat": (
        *("chatmessageviewed", "chatmessage", "chatmemberremoved", "chatmemberadded"),
        *("chatnamechanged", "chatcreated"),
    ),
    "dynamic": ("executemethod", "cancelmethod"),
    "dynamicwaitabort": ("executemethodwaitaborted",),
    "phoneevent": tuple(
        f"phoneevent_{each}"
        for each in (
            *("ringstarted", "ringstopped", "commstarted", "commstopped", "ivrstarted", "ivrstopped"),
            *("acmcallstarted", "acmcallstopped"),
        )
    ),
}
"""Names that stand for several events. `phoneevent` is of a secondary source."""
_ANSWERS = {"ping": "pong", "whoareyou": "iam"}
_ANSWERS_TO_US = frozenset(("iam", "pong", "activeusers"))
_TOLD_TO_SERVERS = frozenset(("userstatechanged", "pbxnumberstatechanged", *GROUPS["phoneevent"]))
"""What a server is told of, by another product's server code: no `linestatechanged`, no `flashstatechanged`."""
_OPEN_TO_ALL = frozenset(("ping", "login", "whoareyou", "iam"))


class OktellSession:
    """`receive` gives what to send at once; `hear` what of the exchange's events concerns this connection.

    A client that says `whoareyou` is a server (experimental, of secondary sources): it acts for the user that each
    message names, and hears of all users without subscribing. `closing`: the connection is to be closed when the
    answers are sent.
    """

    def __init__(self, house: House) -> None:
        self.house = house
        self.user: User | None = None
        self.server = False
        self.closing = False
        self.subscribed: set[str] = set()
        self.heard: list[tuple[str, Body]] = []
        self._assembly = Assembly()
        self._begun = False

    def receive(self, text: str | bytes) -> tuple[str, list[str]]:
        """One message: the method's name, and the texts that answer it. What cannot be read is not answered."""
        try:
            name, params = decode(text)
            whole = self._assembly.add(params) if name == "multipart" else text
            if whole is None:
                return name, []
            name, params = decode(whole)
        except (BadFrame, ValueError):
            return "", []
        self.heard.append((name, params))
        if name in self.house.faults.silent:
            return name, []
        return name, self._answers(name, params)

    def _answers(self, name: str, params: Body) -> list[str]:
        qid = {"qid": params.get("qid", "")}
        if name in _ANSWERS_TO_US or name.endswith("result"):
            return []
        first, self._begun = not self._begun, True
        if first and name in self.house.faults.redirect:
            return [encode("websocketredirect", qid)]
        body = {"result": 1} | (self.house.faults.errors.get(name) or self._do(name, params))
        text = encode(_ANSWERS.get(name, f"{name}result"), qid | body)
        most = self.house.faults.multipart_over
        return split(text, most, self.house.pbx.new_id()) if 0 < most < len(text.encode()) else [text]

    def _do(self, name: str, params: Body) -> Body:
        if name == "login" and not self.server:
            return self._login(params)
        if name == "whoareyou":
            self.server = True
            return {"type": "commserver", "name": "oktell", "version": self.house.pbx.plan.version.build}
        if name == "subscribeevent":
            wanted = params.get("eventmethod", params.get("event", []))
            for each in wanted if isinstance(wanted, list) else [wanted]:
                self.subscribed |= {str(each), *GROUPS.get(str(each), ())}
            return {}
        if name == "ping":
            return {}
        user = self._acts_for(name, params)
        if user is None and name not in _OPEN_TO_ALL:
            return {"result": 0, "error": 50003, "errormsg": "Bad request. Not authorized"}
        if name == "logout":
            self._log_out()
            return {}
        method = methods.find(name, self.house.pbx.plan.version.dated)
        if method is None or user is None:
            return dict(faults.UNKNOWN)
        return method(self.house, user, params)

    def _acts_for(self, name: str, params: Body) -> User | None:
        if not self.server:
            return self.user
        named = str(params.get("userid") or params.get("userlogin") or "")
        if not named and name in LISTS:
            return next(iter(self.house.pbx.users.values()))  # what is the same for all needs nobody's name
        return self.house.pbx.user(named)

    def _login(self, params: Body) -> Body:
        self._leave()
        self.user, answer = self.house.login(params)
        if self.user is not None:
            self.house.came(self.user)
        return answer

    def _log_out(self) -> None:
        if self.server or self.user is None:
            return
        self.house.log_out(self.user)
        self._leave()
        self.closing = True

    def _leave(self) -> None:
        if self.user is not None:
            self.house.went(self.user)
            self.user = None

    def closed(self) -> None:
        """The connection is gone."""
        self._leave()

    def hear(self, events: Iterable[Event]) -> list[str]:
        """The events that this connection is told, as texts, in order."""
        texts: list[str] = []
        if self.user is not None and self.user.login in self.house.faults.muted:
            return texts
        for event in events:
            user = event.user or self.user
            wanted = event.name in (_TOLD_TO_SERVERS if self.server else self.subscribed)
            if not wanted or (not self.server and (user is None or user is not self.user)):
                continue
            whose: Body = {"qid": self.house.pbx.new_id()}
            if user is not None:
                whose |= {"userid": user.id, "userlogin": user.login}
            texts.append(encode(event.name, whose | event.body))
        return texts
