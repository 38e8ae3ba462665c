"""SIP messages of the web phone's simulator: read, written, and the digest of RFC 2617's own example."""

from cti_simulators.webphone.sip_messages import parse, proves, response

INVITE = (
    "INVITE sip:102@sim.invalid SIP/2.0\r\nVia: SIP/2.0/WS a;branch=z9hG4bK1\r\nVia: SIP/2.0/WS b;branch=z9hG4bK2\r\n"
    "From: <sip:101@sim.invalid>;tag=x\r\nTo: <sip:102@sim.invalid>\r\nCall-ID: c1\r\nCSeq: 1 INVITE\r\n"
    "Content-Length: 3\r\n\r\nv=0"
)
PROOF = (
    'Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", '
    'uri="/dir/index.html", '
    'qop=auth, nc=00000001, cnonce="0a4f113b", response="6629fae49393a05397450978507c4ef1", opaque="x"'
)


def test_a_request_is_read_and_answered():
    request = parse(INVITE)
    assert (request.method, request.status, request.body) == ("INVITE", 0, "v=0")
    answer = parse(response(request, "200 OK", body="v=1").text())
    assert (answer.method, answer.status, answer.body) == ("", 200, "v=1")
    assert answer.all("via") == request.all("via")
    assert answer.get("to") == "<sip:102@sim.invalid>;tag=sim"


def test_the_digest_is_that_of_the_rfc():
    nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093"
    assert proves(PROOF, "GET", "Circle Of Life", nonce)
    assert not proves(PROOF, "GET", "circle of life", nonce)
    assert not proves(PROOF, "GET", "Circle Of Life", "another")
    assert not proves("", "GET", "Circle Of Life", nonce)
