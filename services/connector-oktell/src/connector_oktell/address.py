"""Where Oktell is to be reached. It may answer the first question with "at my TLS port": then all go there.

That is one hop, as the library makes it. When nothing can be reached there any more, Oktell is asked again where it was
first.
"""

from collections.abc import Callable

from cti_connector.session import LinkLost
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
        """A connection to where it is now. Nobody who is sent elsewhere meanwhile signs in at the old place."""
        while True:
            there = self.redirected
            transport = await (self._at_second() if there else self._first())
            if there is self.redirected:
                return transport
            await transport.close()

    async def _at_second(self) -> Transport:
        try:
            return await self._second()
        except (OSError, TimeoutError, LinkLost):
            self.redirected = False
            raise
