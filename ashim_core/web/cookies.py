"""The session of a browser: a token in a cookie that no script can read."""

import hashlib
import time

from flask import Response, request

from ashim_core.web.context import core
from ashim_core.web.visitors import secure

_LETTERS = 8
_HOST_ONLY = "__Host-"


def cookie_token() -> str | None:
    """Give the token that the browser sends along with the present request."""
    return request.cookies.get(_name()) or None


def set_cookie(response: Response, token: str, expires: float) -> None:
    """Have the browser keep a token. expires: in seconds since the epoch."""
    response.set_cookie(
        _name(),
        token,
        max_age=max(0, round(expires - time.time())),
        path=_path(),
        secure=_is_secure(),
        httponly=True,
        samesite="Strict",
    )


def without_cookie(response: Response) -> Response:
    """Have the browser forget its token, if it has one."""
    if cookie_token() is not None:
        response.delete_cookie(
            _name(), path=_path(), secure=_is_secure(), httponly=True, samesite="Strict"
        )
    return response


def _name() -> str:
    """Name the cookie of this server: cookies are those of a host, whatever the port.

    Over TLS, at the root, nobody else who has a part of the host's name can set one of this name.
    """
    instance = hashlib.sha256(b"cookie " + core().secret).hexdigest()[:_LETTERS]
    own = _is_secure() and not core().config.root_path
    return f"{_HOST_ONLY if own else ''}ashim_{instance}"


def _path() -> str:
    return f"{core().config.root_path}/"


def _is_secure() -> bool:
    return secure(core().config.trust_proxy)
