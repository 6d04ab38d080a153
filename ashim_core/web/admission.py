"""What every request passes before its handler: who is it, not too often, and may they."""

from flask import g, request

from ashim_core.errors import NotFound
from ashim_core.policy import Actor, nobody
from ashim_core.web.context import actor, core
from ashim_core.web.cookies import cookie_token
from ashim_core.web.identifying import identified
from ashim_core.web.other_sites import refuse_forged, refuse_other_sites
from ashim_core.web.permissions import enforce, is_public
from ashim_core.web.rate_limits import count_request
from ashim_core.web.visitors import visitor


def admit() -> None:
    """Let the present request pass, or raise why not."""
    if "\0" in request.path:
        raise NotFound("There is nothing at an address with this character.")
    g.actor = nobody(visitor().address)
    g.actor, by_itself = _sender(actor().address)
    count_request()
    enforce()
    if is_public():
        return
    if actor().via == "local":
        refuse_other_sites()
    if by_itself:
        refuse_forged()


def _sender(address: str | None) -> tuple[Actor, bool]:
    """Say who sends the present request, and whether the browser tells that by itself.

    A token in the header is all that counts where there is one, right or wrong.
    """
    tokens = core().identity.tokens
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    bearer = token.strip() if scheme.lower() == "bearer" else None
    cookie = None if bearer else cookie_token()
    known = tokens.authenticate(bearer or cookie, address)
    if known.via == "nothing" and (external := identified(address)):
        return external, True
    return known, bool(cookie) and known.via == "session"
