"""One old engine as a source of events: the picture that its links share, and the session of each of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from cti_connector.frames import Tell
from cti_freeswitch.naming import Naming
from cti_freeswitch.reading import Reading
from cti_freeswitch.state import State
from cti_model.agents import Agent
from cti_model.calls import Call

from connector_webitel.old.actions import Options
from connector_webitel.old.picture import Picture
from connector_webitel.old.recordings import Refused
from connector_webitel.old.session import OldSession
from connector_webitel.old.wire import MAX_FRAME_BYTES, Secret, Token


@dataclass(frozen=True)
class OldSite:
    """What an administrator says of one engine. `options`: how commands are carried out; None: they are not.

    `call_centre`: whether the service account may subscribe to mod_callcenter's events. `recordings_refused`: hears
    once of each link why the engine does not answer about recordings over it.
    """

    tenant: str
    pbx: str
    domain: str
    naming: Naming = field(default_factory=Naming)
    reading: Reading = field(default_factory=Reading)
    options: Options | None = None
    call_centre: bool = False
    max_frame_bytes: int = MAX_FRAME_BYTES
    frames: Tell | None = None
    recordings_refused: Refused = lambda _: None

    def picture(self, calls: Iterable[Call] = (), agents: Iterable[Agent] = ()) -> Picture:
        """One picture for all links, going on with what the bus knows."""
        picture = Picture(State(self.tenant, self.pbx, self.naming, reading=self.reading), self.domain)
        picture.restore(calls, agents)
        return picture

    def domain_session(self, picture: Picture, credential: Secret | Token) -> OldSession:
        """The session of a service account, which hears every leg of the domain (third party)."""
        return self._session(picture, "", credential)

    def user_session(self, picture: Picture, login: str, secret: str) -> OldSession:
        """The session of one user, who hears their own legs (first party). `login`: with or without the domain."""
        account = login if "@" in login else f"{login}@{self.domain}"
        return self._session(picture, account, Secret(account, secret))

    def _session(self, picture: Picture, account: str, credential: Secret | Token) -> OldSession:
        return OldSession(
            picture.seat(account),
            credential,
            call_centre=self.call_centre,
            max_frame_bytes=self.max_frame_bytes,
            frames=self.frames,
            options=self.options,
            recordings_refused=self.recordings_refused,
        )
