"""Sending pictures to a real server."""

import http.client
import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ashim_core.testing import sample
from tests.patience import PATIENCE_S

_BOUNDARY = "boundary-of-the-test"


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def post(
    address: str, path: str, headers: Mapping[str, str] | None = None, **settings: Any
) -> Reply:
    """Send a picture to a tool and wait for the whole answer."""
    body = multipart({"settings": json.dumps(settings)}, {"a.png": sample("rgb")})
    with closing(
        http.client.HTTPConnection(urlsplit(address).netloc, timeout=PATIENCE_S)
    ) as connection:
        connection.request(
            "POST",
            f"/api/v1/{path}",
            body,
            {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}", **(headers or {})},
        )
        response = connection.getresponse()
        return Reply(response.status, dict(response.headers), response.read())


def multipart(fields: Mapping[str, str], files: Mapping[str, bytes]) -> bytes:
    """Write a form with files, as browsers send it."""
    parts = [_part(f'name="{name}"', value.encode()) for name, value in fields.items()]
    for name, content in files.items():
        parts.append(_part(f'name="file"; filename="{name}"', content))
    return b"".join([*parts, f"--{_BOUNDARY}--\r\n".encode()])


def _part(names: str, content: bytes) -> bytes:
    head = f"--{_BOUNDARY}\r\nContent-Disposition: form-data; {names}\r\n\r\n"
    return head.encode() + content + b"\r\n"
