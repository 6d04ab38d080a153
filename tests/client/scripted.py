"""A server that gives the answers it was told to give, and remembers what it was asked."""

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Reply:
    """An answer; without a status the connection is closed instead.

    before: what happens when the request has come and is not answered yet.
    """

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    before: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Asked:
    """A request that came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Scripted:
    """Answers requests in turn; the last answer is given again and again."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.asked: list[Asked] = []
        self.address = ""

    def answer(self, asked: Asked) -> Reply:
        """Note a request, and give the next answer."""
        self.asked.append(asked)
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


@contextmanager
def scripted(*replies: Reply) -> Iterator[Scripted]:
    """Run such a server on a free port of the loopback interface."""
    script = Scripted(*replies)

    class Handler(http.server.BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline()
            self.close_connection = True
            if not (self.raw_requestline and self.parse_request()):
                return
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            reply = script.answer(Asked(self.command, self.path, dict(self.headers), body))
            reply.before()
            if reply.status:
                self._send(reply)

        def _send(self, reply: Reply) -> None:
            raw = reply.body
            data = raw if isinstance(raw, bytes) else json.dumps(raw).encode()
            self.send_response_only(reply.status)
            headers = {"Content-Length": str(len(data)), "Connection": "close", **reply.headers}
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        script.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield script
        finally:
            server.shutdown()
            thread.join()
