"""HTTP/1.1 and 1.0 as clients speak them: pieces, pipelines, invitations, early refusals."""

import time

import pytest

from tests.patience import PATIENCE_S
from tests.web.front.raw import post, wire
from tests.web.live import LiveServer

GET = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
LOGIN = "/api/auth/login"
TOOL = "/api/v1/tools/resize"
JSON = "application/json"
FORM = "multipart/form-data; boundary=b"
WRONG = b'{"username": "nobody", "password": "nothing"}'


def chunked(data: bytes, size: int) -> bytes:
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    return b"".join(b"%x;note=1\r\n%b\r\n" % (len(piece), piece) for piece in pieces)


def test_a_connection_is_used_again(server: LiveServer) -> None:
    with wire(server) as line:
        for _ in range(3):
            line.send(GET)
            reply = line.reply()
            assert (reply.status, reply.headers["connection"]) == (200, "keep-alive")


def test_requests_may_come_before_they_are_asked_for(server: LiveServer) -> None:
    login = post(LOGIN, JSON, f"Content-Length: {len(WRONG)}") + WRONG
    with wire(server) as line:
        line.send(GET + login + b"GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n" + GET[:20])
        assert [line.reply().status for _ in range(3)] == [200, 401, 404]
        line.send(GET[20:])
        assert line.reply().status == 200


def test_a_request_may_come_byte_by_byte(server: LiveServer) -> None:
    whole = b"\r\n" + post(LOGIN, JSON, f"Content-Length: {len(WRONG)}") + WRONG
    with wire(server) as line:
        for at in range(len(whole)):
            line.send(whole[at : at + 1])
        assert line.reply().json["code"] == "INVALID_CREDENTIALS"


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("trailer", [b"", b"Checksum: none\r\n"])
def test_chunks_are_put_together(server: LiveServer, size: int, trailer: bytes) -> None:
    body = chunked(WRONG, size) + b"0\r\n" + trailer + b"\r\n"
    with wire(server) as line:
        line.send(post(LOGIN, JSON, "Transfer-Encoding: chunked") + body[:-3])
        line.send(body[-3:] + GET)
        assert line.reply().json["code"] == "INVALID_CREDENTIALS"
        assert line.reply().status == 200


@pytest.mark.parametrize(
    ("header", "connection"), [(b"", "close"), (b"Connection: keep-alive\r\n", "keep-alive")]
)
def test_an_older_version_closes_unless_asked_not_to(
    server: LiveServer, header: bytes, connection: str
) -> None:
    with wire(server) as line:
        line.send(b"GET /healthz HTTP/1.0\r\n" + header + b"\r\n")
        reply = line.reply()
        assert (reply.status, reply.headers["connection"]) == (200, connection)
        if connection == "keep-alive":
            line.send(GET)
            assert line.reply().status == 200
        else:
            assert line.is_closed()


@pytest.mark.parametrize("framing", ["Content-Length: 50000000", "Transfer-Encoding: chunked"])
@pytest.mark.parametrize("first", [b"", b"--b\r\n", bytes(200_000)])
def test_who_may_not_upload_hears_so_before_the_body(
    server: LiveServer, framing: str, first: bytes
) -> None:
    start = time.monotonic()
    body = chunked(first, 50_000) if "chunked" in framing else first
    with wire(server) as line:
        line.send(post(TOOL, FORM, framing) + body)
        if not body and "chunked" in framing:
            line.send(b"5\r\n")
        reply = line.reply()
        assert (reply.status, reply.headers["connection"]) == (401, "close")
        # What is still on its way is taken, so that nothing is lost of the answer.
        line.send(bytes(100_000))
        assert line.is_closed()
    assert time.monotonic() - start < PATIENCE_S


@pytest.mark.parametrize(
    ("path", "status"), [(TOOL, 401), ("/nothing", 404), (LOGIN, 413), ("/healthz", 405)]
)
def test_who_is_refused_is_not_invited_to_send(server: LiveServer, path: str, status: int) -> None:
    with wire(server) as line:
        line.send(post(path, JSON, "Content-Length: 70000", "Expect: 100-continue"))
        reply = line.reply()
        assert (reply.status, reply.headers["connection"]) == (status, "close")


@pytest.mark.parametrize("expectation", ["100-continue", "100-Continue"])
def test_who_is_awaited_is_invited(server: LiveServer, expectation: str) -> None:
    head = post(LOGIN, JSON, f"Content-Length: {len(WRONG)}", f"Expect: {expectation}")
    with wire(server) as line:
        line.send(head)
        assert line.reply().status == 100
        line.send(WRONG)
        assert line.reply().status == 401
        line.send(GET)
        assert line.reply().status == 200


def test_who_sends_without_waiting_needs_no_invitation(server: LiveServer) -> None:
    head = post(LOGIN, JSON, f"Content-Length: {len(WRONG)}", "Expect: 100-continue")
    with wire(server) as line:
        line.send(head + WRONG)
        assert line.reply().status == 401


def test_a_body_that_nobody_reads_is_not_the_next_request(server: LiveServer) -> None:
    body = GET * 3
    head = f"GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with wire(server) as line:
        line.send(head + body + b"GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert [line.reply().status for _ in range(2)] == [200, 404]
        assert line.is_closed()


def test_callers_who_keep_their_side_open_stop_nobody(server: LiveServer) -> None:
    """Each of these took two seconds of everybody's time once."""
    closing = b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    open_ends = [wire(server) for _ in range(40)]
    lines = [end.__enter__() for end in open_ends]
    try:
        begin = time.monotonic()
        for line in lines:
            line.send(closing)
        assert {line.reply().status for line in lines} == {200}
        with wire(server) as line:
            line.send(GET)
            assert line.reply().status == 200
        assert time.monotonic() - begin < 40
    finally:
        for end in open_ends:
            end.__exit__(None, None, None)
