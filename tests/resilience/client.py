"""A client of a real server that sends pictures and waits for the whole answer."""

import http.client
import json
import secrets
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any

HOST = "127.0.0.1"
ASYNC = {"Prefer": "respond-async"}


class Unanswered(Exception):
    """No answer came, or only a part of one."""


@dataclass(frozen=True)
class Reply:
    """What came back. The names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Client:
    """Sends requests to one port of this machine, each on a connection of its own."""

    port: int
    key: str | None = None
    timeout_s: float = 60

    def get(self, path: str) -> Reply:
        return self.send("GET", path)

    def post(
        self,
        path: str,
        files: Sequence[bytes],
        *,
        headers: Mapping[str, str] | None = None,
        **fields: Any,
    ) -> Reply:
        """Send pictures and fields, those as JSON."""
        boundary = secrets.token_hex(16)
        body = form(boundary, files, fields)
        kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        return self.send("POST", path, body, {**kind, **(headers or {})})

    def send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send a request; Unanswered when the connection breaks."""
        sent = {"Connection": "close", **(headers or {})}
        if self.key:
            sent["Authorization"] = f"Bearer {self.key}"
        line = http.client.HTTPConnection(HOST, self.port, timeout=self.timeout_s)
        try:
            with closing(line):
                # Who refuses a request before its body may hang up while that is still being sent.
                with suppress(BrokenPipeError, ConnectionResetError):
                    line.request(method, path, body, sent)
                if line.sock is None:
                    raise Unanswered("the connection was never made")
                response = line.getresponse()
                names = {name.lower(): value for name, value in response.getheaders()}
                return Reply(response.status, names, response.read())
        except (OSError, http.client.HTTPException) as error:
            raise Unanswered(repr(error)) from error


def form(boundary: str, files: Sequence[bytes], fields: Mapping[str, Any]) -> bytes:
    """Write a multipart body."""
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
        + json.dumps(value).encode()
        for name, value in fields.items()
    ]
    parts += [
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; '
        f'filename="{number}.jpg"\r\n\r\n'.encode()
        + data
        for number, data in enumerate(files)
    ]
    return b"\r\n".join([*parts, f"--{boundary}--\r\n".encode()])
