"""Every error answer, in the one JSON shape."""

import errno
import logging
import re
from typing import Any

from flask import Flask, Response, current_app, jsonify, request
from werkzeug.exceptions import BadHost, HTTPException, RequestEntityTooLarge

from ashim_core.errors import AshimError, FileTooLarge, InvalidRequest, NotFound, StorageFull
from ashim_core.web.context import request_id

logger = logging.getLogger(__name__)

_CODES = {
    400: InvalidRequest.code,
    404: NotFound.code,
    405: "METHOD_NOT_ALLOWED",
    413: FileTooLarge.code,
    415: "UNSUPPORTED_MEDIA_TYPE",
    416: "RANGE_NOT_SATISFIABLE",
}
"""The codes of refusals that Flask and Werkzeug make by themselves."""
_SHOWN = 200
"""Characters of an address that are said again."""


def register(app: Flask) -> None:
    """Make the application answer every failure as JSON."""
    app.register_error_handler(AshimError, _known)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unknown)


def body_of(error: AshimError, id: str) -> dict[str, Any]:
    """Give what an error answer says. id: of the request."""
    body: dict[str, Any] = {
        "error": error.message,
        "code": error.code,
        "statusCode": error.status,
        "message": error.message,
        "requestId": id,
    }
    if error.details:
        body["details"] = error.details
    return body | error.more


def _known(error: AshimError) -> Response:
    if error.status >= 500:
        logger.warning("%s %s: %s", request_id(), error.code, error.message)
    response = jsonify(body_of(error, request_id()))
    response.status_code = error.status
    response.headers.update(error.headers)
    return response


def _http(error: HTTPException) -> Response:
    """Give what Flask and Werkzeug refuse by themselves the same shape."""
    if isinstance(error, RequestEntityTooLarge):
        return _known(FileTooLarge("The request is larger than this server accepts."))
    status = error.code or 500
    known = AshimError(_sentence(error, status))
    known.status, known.code = status, _CODES.get(status, "HTTP_ERROR")
    response = _known(known)
    for name, value in error.get_headers():
        if name in ("Allow", "Content-Range", "Retry-After"):
            response.headers[name] = value
    return response


def _sentence(error: HTTPException, status: int) -> str:
    if status == 404:
        return f"There is nothing at {request.path[:_SHOWN]}{_hint() or '.'}"
    if status == 405:
        return f"{request.method} is not possible at {request.path[:_SHOWN]}."
    if isinstance(error, BadHost):
        return "The Host header of the request names no host."
    return error.description or "The request can't be answered."


def _hint() -> str:
    """Name the address that was meant where there are only slashes too many."""
    path = re.sub("//+", "/", request.path).rstrip("/")
    router = current_app.url_map.bind("")
    if path == request.path or len(path) > _SHOWN or not router.allowed_methods(path):
        return ""
    return f"; did you mean {path}?"


def _unknown(error: Exception) -> Response:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _known(StorageFull("The server's storage is full. Nothing was kept."))
    logger.exception("%s %s %s failed", request_id(), request.method, request.path)
    return _known(AshimError("Something went wrong on the server; the log has the request id."))
