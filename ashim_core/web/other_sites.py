"""Pages of other sites: they must not act for whoever looks at them.

Where nobody signs in anybody can send a request, and where a cookie or a proxy tells who it is, the
browser says so by itself, whichever page asks. A token in a header is known to its own page alone.
"""

import ipaddress

from flask import request

from ashim_core.errors import CrossOrigin
from ashim_core.web.context import core
from ashim_core.web.visitors import host_name

_PRIVATE_ENDINGS = (
    *(".localhost", ".local", ".internal", ".home.arpa"),
    *(".lan", ".home", ".localdomain"),
)
"""What public name servers never answer: reserved names, and those that routers give at home."""
OWN_PAGE = "X-Ashim-Page"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def refuse_other_sites() -> None:
    """Refuse the present request, with CrossOrigin, if a page of another site may have sent it."""
    _refuse_other_names()
    _refuse_foreign_origin()


def refuse_forged() -> None:
    """Refuse, with CrossOrigin, to change anything for a page that isn't of this server.

    Another port of the same host is the same site to a browser, which sends cookies there, too. But
    no form can send this header, and a script of another origin only after a question to which we
    say no. Over plain HTTP browsers don't say whose page it is.
    """
    if request.method in _SAFE:
        return
    site = request.headers.get("Sec-Fetch-Site", "none")
    if request.headers.get(OWN_PAGE) != "1" or site not in ("none", "same-origin"):
        raise CrossOrigin(
            f"With a cookie, or behind a proxy that signs in, this needs the header '{OWN_PAGE}: "
            "1', from a page of this server."
        )


def _refuse_other_names() -> None:
    """Keep out pages whose own name leads to this server (DNS rebinding): they are same-origin.

    They can't have an address, nor a name that exists in this network only.
    """
    name = host_name() or ""
    if name in core().config.allowed_hosts or _is_private(name):
        return
    raise CrossOrigin(
        f"This server asks nobody to sign in, so it answers to known names only: allow '{name}' "
        "in ASHIM_ALLOWED_HOSTS."
    )


def _is_private(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return "." not in name or name.endswith(_PRIVATE_ENDINGS)
    return True


def _refuse_foreign_origin() -> None:
    """Refuse to change anything for a page of another site: the browser says whose page asks."""
    if request.method in _SAFE:
        return
    origin = request.headers.get("Origin")
    if origin in core().config.cors_origin:
        return
    site = request.headers.get("Sec-Fetch-Site", "none")
    same_host = origin is None or origin.partition("://")[2] == request.host
    if site not in ("none", "same-origin") or not same_host:
        raise CrossOrigin(
            "A page of another site can't change anything here; allow its origin in CORS_ORIGIN."
        )
