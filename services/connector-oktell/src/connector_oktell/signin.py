"""An operator's log-in as the end of a link, or its beginning: refused, sent elsewhere, or let in."""

import dataclasses
from collections.abc import Callable
from typing import Any

from cti_connector.session import LinkLost, LinkRefused, Refusal

from connector_oktell.linetalk import LineTalk
from connector_oktell.picture import Picture
from connector_oktell.wire import Credentials, Frame, LoginRefused, Redirected, StartUp, TooOld


class SignIn:
    """`hopped`: Oktell has sent us here, where the log-in comes at once; who is sent away again is refused."""

    def __init__(
        self,
        picture: Picture,
        line: LineTalk,
        credentials: Credentials,
        *,
        hopped: bool,
        redirected: Callable[[], None],
    ) -> None:
        self._picture = picture
        self._line = line
        self._start = StartUp(credentials, skip_ping=hopped)
        self._hopped = hopped
        self._redirected = redirected

    @property
    def done(self) -> bool:
        """Whether the operator is signed in."""
        return self._start.done

    def question(self) -> tuple[str, dict[str, Any]]:
        """The method and the fields of the question to be asked now. Not to be called when `done`."""
        return self._start.question()

    def answered(self, frame: Frame) -> None:
        """Take the answer to that question; raises `LinkRefused`, and `LinkLost` when we are to come elsewhere."""
        try:
            self._start.answered(frame)
        except LoginRefused as error:
            raise LinkRefused(str(error), error.reason) from error
        except TooOld as error:
            raise LinkRefused(str(error), Refusal.OTHER) from error
        except Redirected as error:
            if self._hopped:
                raise LinkRefused(f"{error}, and sends us away from there too") from error
            self._redirected()
            raise LinkLost(str(error)) from error
        if self.done:
            self._signed_in()

    def _signed_in(self) -> None:
        me, line = self._start.me, self._line
        desk = line.desk
        if me.number and me.number != desk.device:
            raise LinkRefused(f"Oktell has this operator at {me.number}, the directory at {desk.device}")
        desk.name, desk.user_id = me.name or desk.name, me.user_id
        self._picture.agents.lunch.update(self._start.lunch)
        if line.options is not None:
            line.options = dataclasses.replace(line.options, dated=self._start.dated)
        self._picture.state.features = line.features()
