"""Receivers of webhooks on the loopback interface, which answer as they are told."""

import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from ashim_core.testing import ToolClient, sample

Answer = tuple[int, dict[str, str]]


class Came(NamedTuple):
    """A request as it came; names of headers in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Remembers what came. answer: gives status and headers for a request, by its number from 1."""

    port: int = 0
    came: list[Came] = field(default_factory=list)
    answer: Callable[[int], Answer] = lambda number: (200, {})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?x=1"


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Run a receiver."""
    found = Receiver()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except ConnectionError:
                self.close_connection = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            with lock:
                found.came.append(Came(self.command, self.path, headers, body))
                number = len(found.came)
            status, more = found.answer(number)
            self.send_response(status)
            for name, value in {"Content-Length": "4", **more}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"said")

        do_GET = do_POST  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def ask(client: ToolClient, method: str, path: str = "", body: Any = None, **more: Any) -> Any:
    """Ask for something below `/api/v1/webhooks`; give the JSON of the answer."""
    answer = client.http.open(f"/api/v1/webhooks{path}", method=method, json=body, **more)
    return answer.get_json()


def new_hook(client: ToolClient, there: Receiver, **more: Any) -> Any:
    """Have events sent to a receiver; give the webhook with its secret."""
    made = ask(client, "POST", body={"url": there.url, **more})
    assert "secret" in made, made
    return made


def deliveries(client: ToolClient, hook: Any) -> Any:
    return ask(client, "GET", f"/{hook['id']}/deliveries")["deliveries"]


def run_tool(client: ToolClient, tool: str = "same") -> None:
    form = {"file": (io.BytesIO(sample("rgb")), "a.png")}
    client.http.post(f"/api/v1/tools/{tool}", data=form).close()
