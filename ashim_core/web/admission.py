"""What every request passes before its handler: who is it, not too often, and may they."""

from flask import g, request

from ashim_core.errors import NotFound
from ashim_core.policy import nobody
from ashim_core.web.context import actor, core
from ashim_core.web.other_sites import refuse_other_sites
from ashim_core.web.permissions import enforce, is_public
from ashim_core.web.rate_limits import count_request
from ashim_core.web.visitors import visitor


def admit() -> None:
    """Let the present request pass, or raise why not."""
    if "\0" in request.path:
        raise NotFound("There is nothing at an address with this character.")
    g.actor = nobody(visitor().address)
    g.actor = core().identity.tokens.authenticate(_token(), actor().address)
    count_request()
    enforce()
    if actor().via == "local" and not is_public():
        refuse_other_sites()


def _token() -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None
