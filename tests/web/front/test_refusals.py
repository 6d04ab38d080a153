"""What is no request of HTTP: one shape of answer, the same headers, and nobody else is hurt."""

import pytest

from ashim_core.web.headers import HEADERS
from tests.web.front.raw import Reply, post, wire
from tests.web.live import LiveServer, get_json

LOGIN = "/api/auth/login"
JSON = "application/json"
_GET = b"GET /healthz HTTP/1.1\r\nHost: a\r\n"
_CHUNKED = post(LOGIN, JSON, "Transfer-Encoding: chunked")

REFUSED: dict[str, tuple[bytes, int, str]] = {
    "a length of no digits": (post(LOGIN, JSON, "Content-Length: ten"), 400, "INVALID_REQUEST"),
    "a negative length": (post(LOGIN, JSON, "Content-Length: -1"), 400, "INVALID_REQUEST"),
    "two lengths": (
        post(LOGIN, JSON, "Content-Length: 2", "Content-Length: 3"),
        400,
        "INVALID_REQUEST",
    ),
    "a length and chunks": (
        post(LOGIN, JSON, "Content-Length: 2", "Transfer-Encoding: chunked"),
        400,
        "INVALID_REQUEST",
    ),
    "an unknown coding": (
        post(LOGIN, JSON, "Transfer-Encoding: br, chunked"),
        501,
        "UNKNOWN_TRANSFER_CODING",
    ),
    "an unknown expectation": (_GET + b"Expect: luck\r\n\r\n", 417, "EXPECTATION_FAILED"),
    "a long address": (b"GET /" + b"a" * 10_000 + b" HTTP/1.1\r\n\r\n", 414, "URI_TOO_LONG"),
    "an address without an end": (b"GET /" + b"a" * 100_000, 414, "URI_TOO_LONG"),
    "many headers": (_GET + b"A: b\r\n" * 200 + b"\r\n", 431, "HEADERS_TOO_LARGE"),
    "a long header": (_GET + b"A: " + b"b" * 9000 + b"\r\n\r\n", 431, "HEADERS_TOO_LARGE"),
    "headers without an end": (_GET + b"A: b\r\n" * 20_000, 431, "HEADERS_TOO_LARGE"),
    "a header without a colon": (_GET + b"Nothing\r\n\r\n", 400, "INVALID_REQUEST"),
    "a header with a space": (_GET + b"Con tent: 1\r\n\r\n", 400, "INVALID_REQUEST"),
    "a folded header": (_GET + b"A: b\r\n c\r\n\r\n", 400, "INVALID_REQUEST"),
    "a zero byte": (_GET + b"A: \0\r\n\r\n", 400, "INVALID_REQUEST"),
    "line feeds alone": (b"GET / HTTP/1.1\nHost: a\n\n", 400, "INVALID_REQUEST"),
    "an unknown version": (b"GET / HTTP/3.0\r\n\r\n", 400, "INVALID_REQUEST"),
    "no version": (b"GET /\r\n\r\n", 400, "INVALID_REQUEST"),
    "HTTP/2 without asking": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "INVALID_REQUEST"),
    "a greeting of TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, "INVALID_REQUEST"),
    "an older greeting of TLS": (b"\x16\x03\x00\x00\x40", 400, "INVALID_REQUEST"),
    "bytes of anything": (bytes(range(128, 256)), 400, "INVALID_REQUEST"),
    "a chunk of size zz": (_CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n", 400, "INVALID_REQUEST"),
    "a chunk of size -5": (_CHUNKED + b"-5\r\nhello\r\n0\r\n\r\n", 400, "INVALID_REQUEST"),
    "a chunk of size 0x2": (_CHUNKED + b"0x2\r\n{}\r\n0\r\n\r\n", 400, "INVALID_REQUEST"),
    "a chunk without a size": (_CHUNKED + b"\r\n{}\r\n0\r\n\r\n", 400, "INVALID_REQUEST"),
    "a chunk without its end": (_CHUNKED + b"2\r\n{}0\r\n\r\n", 400, "INVALID_REQUEST"),
    "a second chunk that is longer": (
        _CHUNKED + b"1\r\n{\r\n1\r\n}more\r\n0\r\n\r\n",
        400,
        "INVALID_REQUEST",
    ),
    "a large public body": (post(LOGIN, JSON, "Content-Length: 70000"), 413, "FILE_TOO_LARGE"),
    "large public chunks": (
        _CHUNKED + (b"1000\r\n" + b" " * 4096 + b"\r\n") * 20 + b"0\r\n\r\n",
        413,
        "FILE_TOO_LARGE",
    ),
}


def refused(server: LiveServer, data: bytes) -> Reply:
    """Send what is refused; the connection ends with the answer."""
    with wire(server) as line:
        line.send(data)
        reply = line.reply()
        assert line.is_closed()
        return reply


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_answered_in_the_one_shape(server: LiveServer, name: str) -> None:
    data, status, code = REFUSED[name]
    reply = refused(server, data)
    assert (reply.status, reply.json["code"]) == (status, code), reply.body
    assert reply.json["statusCode"] == status
    assert reply.json["error"] == reply.json["message"]
    assert reply.json["error"].endswith(".")
    assert reply.json["requestId"] == reply.headers["x-request-id"]
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["connection"] == "close"
    assert {name.lower(): value for name, value in HEADERS.items()}.items() <= reply.headers.items()
    assert get_json(f"{server.address}/healthz")["status"] == "healthy"


@pytest.mark.parametrize(
    ("name", "field", "expected", "received"),
    [
        ("a long address", "URL", "at most 4094 bytes", "10014 bytes"),
        ("many headers", "headers", "at most 100 headers of", "201 headers"),
        ("an unknown expectation", "Expect", "100-continue", "luck"),
    ],
)
def test_it_says_what_was_expected_and_what_came(
    server: LiveServer, name: str, field: str, expected: str, received: str
) -> None:
    (detail,) = refused(server, REFUSED[name][0]).json["details"]
    assert detail["field"] == field
    assert detail["expected"].startswith(expected)
    assert detail["received"].startswith(received)


def test_tls_is_told_to_do_without(server: LiveServer) -> None:
    assert "http://" in refused(server, REFUSED["a greeting of TLS"][0]).json["error"]
