"""One block of AMI: an event or a response, with its headers."""

from typing import Final

OLD_OUTPUT: Final = b"Response: Follows\r\n"
"""First line of a `Command` response up to Asterisk 13: raw lines follow instead of headers."""
OUTPUT_END: Final = b"--END COMMAND--"
"""Last line of such a response."""


class Broken(Exception):
    """A block that is not AMI: a NUL, a line that is no header, or neither an event nor a response."""


class Frame:
    """An event or a response. Header names are case-insensitive: Asterisk 11 spells `UniqueID`, 13 `Uniqueid`.

    Of a header that stands twice the first one counts, so that a value with a line break in it cannot replace what
    came before. Bytes that are not UTF-8 become U+FFFD: a damaged name must not cost the call.
    """

    __slots__ = ("_block", "headers", "name")

    def __init__(self, name: str, block: bytes, headers: dict[str, str] | None = None) -> None:
        self.name = name
        """The event's name; empty for a response."""
        self.headers = _first_values(block.decode("utf-8", "replace")) if headers is None else headers
        """Header (in lower case) to its first value."""
        self._block = block

    def get(self, header: str, default: str = "") -> str:
        """The first value of a header, or `default`."""
        return self.headers.get(header.lower(), default)

    def get_all(self, header: str) -> list[str]:
        """All values of a header that may repeat, such as `Output` or `ChanVariable`, in order."""
        wanted = header.lower()
        return [value for key, value in _pairs(self._block.decode("utf-8", "replace")) if key == wanted]

    @property
    def block(self) -> bytes:
        """The bytes that it was made of, without the empty line."""
        return self._block

    @property
    def is_response(self) -> bool:
        """Whether this answers an action."""
        return not self.name

    @property
    def output(self) -> list[str]:
        """The lines of a `Command` response, in the old form (raw lines) and in the new one (`Output:` headers)."""
        if not self._block.startswith(OLD_OUTPUT):
            return self.get_all("Output")
        return _cut_old_output(self._block.decode("utf-8", "replace"))[1].splitlines()

    def __repr__(self) -> str:
        return f"Frame({self.name or 'Response'}, {self.headers})"


def parse(block: bytes) -> Frame:
    """A block without its empty line, as a frame; raises `Broken`."""
    text = block.decode("utf-8", "replace")
    if "\0" in text:
        raise Broken
    if block.startswith(OLD_OUTPUT):
        return Frame("", block, _first_values(_cut_old_output(text)[0]))
    headers: dict[str, str] = {}
    for line in text.split("\r\n"):
        # The hottest lines of this package: spelled out instead of calling `_pairs`.
        key, _, value = line.partition(":")
        if len(key) == len(line) or not key:
            raise Broken
        key = key.lower()
        if key not in headers:
            headers[key] = value[1:] if value[:1] == " " else value
    if "event" in headers:
        if not headers["event"]:
            raise Broken
        return Frame(headers["event"], block, headers)
    if "response" not in headers:
        raise Broken
    return Frame("", block, headers)


def _cut_old_output(text: str) -> tuple[str, str]:
    """An old `Command` response as its headers and what stands between these and its last line.

    Asterisk 11 and 13 write `Privilege:` and, if there was one, `ActionID:`; the output's own lines end in LF.
    """
    start = 0
    for header in (OLD_OUTPUT.decode(), "Privilege:", "ActionID:"):
        end = text.find("\r\n", start)
        if end >= 0 and text.startswith(header, start):
            start = end + 2
    return text[:start], text[start:].removesuffix(OUTPUT_END.decode())


def _first_values(text: str) -> dict[str, str]:
    headers: dict[str, str] = {}
    for key, value in _pairs(text):
        headers.setdefault(key, value)
    return headers


def _pairs(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for line in text.split("\r\n"):
        key, colon, value = line.partition(":")
        if colon:
            found.append((key.lower(), value[1:] if value[:1] == " " else value))
    return found
