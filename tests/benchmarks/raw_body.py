"""The least that a server can do with an upload: read the body in chunks and write it to a file."""

import tempfile
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_CHUNK = 1024 * 1024


def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    with tempfile.TemporaryFile() as file:
        while chunk := environ["wsgi.input"].read(_CHUNK):
            file.write(chunk)
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "0")])
    return []
