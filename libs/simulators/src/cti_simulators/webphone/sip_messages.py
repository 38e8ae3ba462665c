"""SIP messages as text (RFC 3261), and the digest that proves a password (RFC 2617, MD5 with qop=auth). Pure."""

import hashlib
import re
from dataclasses import dataclass, field

_PAIR = re.compile(r'(\w+)=(?:"([^"]*)"|([^,\s]+))')


@dataclass
class Message:
    """One request or response. `headers`: names in lower case, in order; a name may be there twice."""

    first: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: str = ""

    @property
    def method(self) -> str:
        """The request's method; empty for a response."""
        return "" if self.first.startswith("SIP/2.0") else self.first.split(" ", 1)[0]

    @property
    def status(self) -> int:
        """The response's code; 0 for a request."""
        return 0 if self.method else int(self.first.split(" ")[1])

    def get(self, name: str) -> str:
        """A header's first value; empty when it is not there."""
        return next((value for each, value in self.headers if each == name), "")

    def all(self, name: str) -> list[tuple[str, str]]:
        """All of a header."""
        return [(each, value) for each, value in self.headers if each == name]

    def text(self) -> str:
        """As it goes over the wire."""
        lines = [self.first, *(f"{name}: {value}" for name, value in self.headers)]
        return "\r\n".join([*lines, f"content-length: {len(self.body.encode())}", "", self.body])


def parse(text: str) -> Message:
    """A message that came; its Content-Length says nothing that the WebSocket frame does not."""
    head, _, body = text.partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    pairs = (line.split(":", 1) for line in lines)
    headers = [(name.strip().lower(), value.strip()) for name, value in pairs]
    return Message(first, [each for each in headers if each[0] != "content-length"], body)


def response(request: Message, status: str, *headers: tuple[str, str], body: str = "", tag: str = "sim") -> Message:
    """An answer, `200 OK`, with a tag of ours where there is none yet."""
    to = request.get("to")
    kept = [*request.all("via"), *request.all("record-route"), *request.all("from")]
    kept += [("to", to if ";tag=" in to else f"{to};tag={tag}"), *request.all("call-id"), *request.all("cseq")]
    return Message(f"SIP/2.0 {status}", [*kept, *headers], body)


def proves(authorization: str, method: str, password: str, nonce: str) -> bool:
    """Whether a digest is this password's, for our nonce."""
    given = {name: quoted or plain for name, quoted, plain in _PAIR.findall(authorization)}
    if given.get("nonce") != nonce:
        return False
    ha1 = _md5(f"{given['username']}:{given['realm']}:{password}")
    ha2 = _md5(f"{method}:{given['uri']}")
    return given.get("response") == _md5(f"{ha1}:{nonce}:{given['nc']}:{given['cnonce']}:{given['qop']}:{ha2}")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()  # noqa: S324 - what the protocol is made of
