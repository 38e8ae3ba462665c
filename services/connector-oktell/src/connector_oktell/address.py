"""Where Oktell is to be reached. It may answer the first question with "at my TLS port": then all go there."""

from collections.abc import Callable

from cti_connector.transport import Open, Transport


class Address:
    """`redirected` is true after Oktell sent us to `secure`; until then it is reached at `url`."""

    def __init__(self, url: str, secure: str, opening: Callable[[str], Open]) -> None:
        self._first = opening(url)
        self._second = opening(secure)
        self.redirected = False

    def redirect(self) -> None:
        """Oktell wants to be spoken to at its TLS port from now on."""
        self.redirected = True

    async def open(self) -> Transport:
        """A connection to where it is now."""
        return await (self._second if self.redirected else self._first)()
