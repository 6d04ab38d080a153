"""Beginning a session: after a password, or after somebody else has said who it is."""

from functools import partial

from flask import Response, after_this_request

from ashim_core.errors import Forbidden
from ashim_core.identity.external import External
from ashim_core.identity.records import LoginAnswer, moment
from ashim_core.identity.sessions import Begun
from ashim_core.web.context import core
from ashim_core.web.cookies import set_cookie
from ashim_core.web.visitors import visitor


def told(begun: Begun, *, cookie: bool) -> LoginAnswer:
    """Give the answer to whoever has begun a session. cookie: it has the token, not the answer."""
    if cookie:
        after_this_request(partial(_with_cookie, begun))
    return LoginAnswer(
        token=None if cookie else begun.token, user=begun.user, expires_at=moment(begun.expires)
    )


def sign_in(external: External) -> LoginAnswer:
    """Begin a session for somebody whom a plugin has identified; the present answer sets a cookie.

    For sign-ins that come back with a code: call it in the view that the browser comes back to.
    Forbidden when they have no account and none shall be made, or the name or role can't be;
    UserLimitReached.
    """
    come = visitor()
    actor = core().identity.externals.actor(external, come.address)
    if actor is None:
        raise Forbidden(f"'{external.username}' has no account here.")
    return told(core().identity.sessions.begin(actor.id, come), cookie=True)


def _with_cookie(begun: Begun, response: Response) -> Response:
    set_cookie(response, begun.token, begun.expires)
    return response
