"""What every request passes before its handler: who is it, not too often, and may they."""

from urllib.parse import urlsplit

from flask import g, request

from ashim_core.errors import CrossOrigin
from ashim_core.policy import nobody
from ashim_core.web.context import actor, core
from ashim_core.web.permissions import enforce
from ashim_core.web.rate_limits import count_request
from ashim_core.web.visitors import visitor

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def admit() -> None:
    """Let the present request pass, or raise why not."""
    g.actor = nobody(visitor().address)
    g.actor = core().identity.sessions.authenticate(_token(), actor().address)
    count_request()
    if actor().via == "local":
        _refuse_other_sites()
    enforce()


def _token() -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _refuse_other_sites() -> None:
    """Keep pages of other sites from acting for whoever looks at them.

    Where people sign in, no page of another site has their token. Where nobody does, it would need
    none: the browser says which page it asks for.
    """
    if request.method in _SAFE:
        return
    origin = request.headers.get("Origin")
    if origin in core().config.cors_origin:
        return
    site = request.headers.get("Sec-Fetch-Site", "none")
    same_host = origin is None or urlsplit(origin).netloc == request.host
    if site not in ("none", "same-origin") or not same_host:
        raise CrossOrigin(
            "A page of another site can't change anything here; allow its origin in CORS_ORIGIN."
        )
