"""What is answered to clients whose request never reaches the application."""

import json
import secrets
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from gunicorn.http import errors

from ashim_core.errors import (
    AddressTooLong,
    AshimError,
    HeadersTooLarge,
    InvalidRequest,
    UnknownExpectation,
    UnknownTransferCoding,
)
from ashim_core.web.errors import body_of
from ashim_core.web.front.limits import HEAD_BYTES
from ashim_core.web.headers import HEADERS

_SHOWN = 100
"""Characters of a request that are said again."""
_HANDSHAKE = b"\x16\x03"
_DAMAGED: dict[type[Exception], str] = {
    errors.InvalidRequestLine: "its first line isn't 'METHOD /path HTTP/1.1'",
    errors.InvalidRequestMethod: "its method is none of HTTP",
    errors.InvalidHTTPVersion: "its version isn't HTTP/1.1 or HTTP/1.0",
    errors.ObsoleteFolding: "a header goes on in a second line",
    errors.NoMoreData: "its head isn't whole",
}


def refusal(error: Exception, limits: Any, head: bytes) -> AshimError:
    """Say in our words why something is no request.

    error: what gunicorn's parser raised. limits: gunicorn's configuration. head: what came.
    """
    if head.startswith(_HANDSHAKE):
        return InvalidRequest(
            "This port speaks HTTP without TLS. Use http:// in place of https://."
        )
    for kind, explain in _EXPLAINED.items():
        if isinstance(error, kind):
            return explain(error, limits, head)
    reason = next((text for kind, text in _DAMAGED.items() if isinstance(error, kind)), str(error))
    return InvalidRequest(f"This is no request of HTTP: {reason}.")


def too_long(error: Exception | None, limits: Any, head: bytes) -> AshimError:
    """Refuse a head that is longer than it may be: its first line, or the headers."""
    line, end, rest = head.partition(b"\r\n\r\n")[0].partition(b"\r\n")
    most = int(limits.limit_request_line)
    if len(line) > most:
        expected = f"at most {most} bytes"
        return AddressTooLong(
            f"The address is too long: expected a first line of {expected}.",
            details=[{"field": "URL", "expected": expected, "received": f"{len(line)} bytes"}],
        )
    fields, size = int(limits.limit_request_fields), int(limits.limit_request_field_size)
    expected = f"at most {fields} headers of {size} bytes each, {HEAD_BYTES} bytes together"
    received = f"{rest.count(end) + 1} headers, {len(rest)} bytes"
    return HeadersTooLarge(
        f"The headers are too large: expected {expected}.",
        details=[{"field": "headers", "expected": expected, "received": received}],
    )


def _expectation(error: Any, limits: Any, head: bytes) -> AshimError:
    return UnknownExpectation(
        "The header 'Expect' can only be '100-continue'.",
        details=[
            {
                "field": "Expect",
                "expected": "100-continue",
                "received": str(error.expect)[:_SHOWN],
            }
        ],
    )


def _coding(error: Any, limits: Any, head: bytes) -> AshimError:
    return UnknownTransferCoding(
        "The header 'Transfer-Encoding' can only be 'chunked'.",
        details=[{"field": "Transfer-Encoding", "expected": "chunked"}],
    )


def _header(error: Any, limits: Any, head: bytes) -> AshimError:
    name = str(error.hdr)[:_SHOWN].title()
    return InvalidRequest(
        f"The header {name!r} is malformed, stands there twice, or contradicts another one.",
        details=[{"field": name, "expected": "one well-formed header of this name"}],
    )


_EXPLAINED: dict[type[Exception], Callable[[Any, Any, bytes], AshimError]] = {
    errors.LimitRequestLine: too_long,
    errors.LimitRequestHeaders: too_long,
    errors.ExpectationFailed: _expectation,
    errors.UnsupportedTransferCoding: _coding,
    errors.InvalidHeader: _header,
    errors.InvalidHeaderName: _header,
}


def answer_of(error: AshimError) -> bytes:
    """Write a whole answer that says why there is no other one, and that it is the last."""
    request_id = secrets.token_hex(8)
    body = json.dumps(body_of(error, request_id), ensure_ascii=False).encode()
    headers = {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Connection": "close",
        **HEADERS,
        **error.headers,
        "X-Request-Id": request_id,
    }
    lines = [f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body
