"""An operator's browser, as far as the network sees it."""

import json
import re
import time
from collections.abc import Callable, Collection
from typing import Any
from urllib.parse import urljoin

import httpx
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.sync.client import ClientConnection, connect

from tests.deploy.compose import POLL_S, Failed

Frame = dict[str, Any]
# A simulated call comes every few seconds; the machine may be busy with other things.
DEADLINE_S = 60.0
RESUME = 4000


class Client:
    """Signs in once, and then follows one user's calls. `panel` and `journal` are `host:port`."""

    def __init__(self, panel: str, journal: str) -> None:
        self._panel = panel
        self._journal = journal
        self._token = ""
        self._socket: ClientConnection | None = None
        self._newest: Frame = {}

    def sign_in(self, link: str) -> None:
        """Take the token out of a sign-in link, which must lead to our panel."""
        address, _, token = link.partition("/#token=")
        if address != f"http://{self._panel}" or token.count(".") != 2:
            raise Failed(f"this is no sign-in link to http://{self._panel}: {link!r}")
        self._token = token

    def look_at_the_panel(self) -> None:
        """Load the page and the scripts that it names."""
        page = f"http://{self._panel}/"
        html = httpx.get(page).raise_for_status().text
        scripts = re.findall(r'src="([^"]+\.js)"', html)
        if "<cti-panel" not in html or not scripts:
            raise Failed(f"this is not the panel's page:\n{html}")
        for script in scripts:
            httpx.get(urljoin(page, script)).raise_for_status()

    def rows(self, *, at_least: int) -> list[Frame]:
        """The rows of the Calls section, newest first, once journal and panel have enough of them."""
        end = time.monotonic() + DEADLINE_S
        while True:
            through_the_panel, rows = self._calls(self._panel), self._calls(self._journal)
            if min(len(through_the_panel), len(rows)) >= at_least:
                return rows
            if time.monotonic() > end:
                raise Failed(f"{len(rows)} rows, {len(through_the_panel)} through the panel, instead of {at_least}")
            time.sleep(POLL_S)

    def rows_of(self, pbxs: Collection[str]) -> None:
        """Wait until calls of each of these PBXs are there."""
        end = time.monotonic() + DEADLINE_S
        while missing := set(pbxs) - {row["pbx"] for row in self._calls(self._panel)}:
            if time.monotonic() > end:
                raise Failed(f"no calls of {', '.join(sorted(missing))}")
            time.sleep(POLL_S)

    def hear_of_a_new_call(self) -> None:
        """Connect, take the snapshot, and wait until a call begins before our eyes."""
        self._open()
        self._follow_until(lambda update: any(event["name"] == "callStarted" for event in update["events"]))

    def follow_into_a_call(self) -> None:
        """Wait until the user is in a call."""
        self._follow_until(lambda update: bool(update["view"].get("calls")))

    def resume(self) -> None:
        """Wait for the end of the connection, come back with the cursor, and miss nothing until it is live again."""
        try:
            self._follow_until(lambda _: False)
        except ConnectionClosed as closed:
            if closed.rcvd is None or closed.rcvd.code != RESUME:
                raise Failed(f"not closed as by a service that stops in order: {closed}") from closed
        seen = self._newest
        end = time.monotonic() + DEADLINE_S
        while True:
            try:
                welcome = self._open(epoch=seen["epoch"], version=seen["version"])
                break
            except (OSError, WebSocketException) as error:
                if time.monotonic() > end:
                    raise Failed(f"push did not come back: {error}") from error
                time.sleep(POLL_S)
        if not welcome["recovered"]:
            raise Failed(f"after {seen['version']} something is lost: {welcome}")
        self._newest = seen  # the replay follows
        self._follow_until(lambda update: not update["replay"])

    def leave(self) -> None:
        """Close the connection, if there is one."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _calls(self, host: str) -> list[Frame]:
        answer = httpx.get(
            f"http://{host}/v1/calls", params={"limit": 200}, headers={"Authorization": f"Bearer {self._token}"}
        )
        if answer.is_client_error:
            raise Failed(f"http://{host}/v1/calls: {answer.status_code} {answer.text[:500]}")
        return list(answer.json()["items"]) if answer.is_success else []

    def _open(self, **cursor: object) -> Frame:
        self.leave()
        self._socket = connect(f"ws://{self._panel}/v1/stream")
        self._socket.send(json.dumps({"type": "hello", "token": self._token} | ({"cursor": cursor} if cursor else {})))
        welcome: Frame = json.loads(self._socket.recv(timeout=DEADLINE_S))
        if welcome["type"] != "welcome":
            raise Failed(f"no welcome: {welcome}")
        self._newest = welcome
        return welcome

    def _follow_until(self, found: Callable[[Frame], bool]) -> None:
        """Take update after update; raises `Failed` on a gap or when it takes too long, and `ConnectionClosed`."""
        end = time.monotonic() + DEADLINE_S
        while time.monotonic() < end:
            frame = self._next()
            if frame["type"] == "update":
                if frame["version"] != self._newest["version"] + 1:
                    raise Failed(f"version {frame['version']} after {self._newest['version']}")
                self._newest = frame
                if found(frame):
                    return
        raise Failed(f"what was waited for did not come in {DEADLINE_S:g} s")

    def _next(self) -> Frame:
        if self._socket is None:
            raise Failed("not connected")
        try:
            frame: Frame = json.loads(self._socket.recv(timeout=DEADLINE_S))
        except TimeoutError as error:
            raise Failed(f"nothing came for {DEADLINE_S:g} s") from error
        if frame["type"] == "ping":
            self._socket.send(json.dumps({"type": "pong"}))
        return frame
