"""Where a request comes from. What proxies say is believed only from those that are configured."""

import ipaddress
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from flask import request

from ashim_core.config import Network
from ashim_core.identity.sessions import Visitor
from ashim_core.web.context import core

_FORWARDING = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "X-Real-IP")
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_HOUSEHOLD = 64
"""The bits of an IPv6 address that a network has; the rest its owner chooses at will."""


def visitor() -> Visitor:
    """Say where the present request comes from."""
    peer = request.remote_addr
    forwarded = any(name in request.headers for name in _FORWARDING)
    # The name in Host keeps out pages whose own name leads to this machine (DNS rebinding).
    # A proxy that was told nothing speaks HTTP/1.0, as no browser and no curl does.
    plain = not forwarded and request.environ.get("SERVER_PROTOCOL") != "HTTP/1.0"
    direct = _is_loopback(peer) and plain and host_name() in _LOCAL_NAMES
    return Visitor(client_address(peer, core().config.trust_proxy), direct)


def client_address(peer: str | None, proxies: Sequence[Network]) -> str | None:
    """Give the address of the client: the last one that no trusted proxy has.

    `X-Forwarded-For` grows at its end, so everything before an untrusted address may be forged.
    """
    address = peer
    hops = request.headers.get("X-Forwarded-For", "").split(",")
    while address and hops and _is_in(address, proxies):
        hop = _parsed(hops.pop().strip())
        if hop is None:
            break
        address = str(hop)
    return address


def secure(proxies: Sequence[Network]) -> bool:
    """Say whether the client's connection is known to be encrypted."""
    said = request.headers.get("X-Forwarded-Proto", "").rpartition(",")[2].strip()
    return request.is_secure or (said == "https" and _is_in(request.remote_addr, proxies))


def counted_as(address: str | None) -> str:
    """Give what an address is counted as: itself, or its network for IPv6."""
    parsed = _parsed(address or "")
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, _HOUSEHOLD), strict=False))
    return str(parsed)


def host_name() -> str | None:
    """Give the name that the client knows this server by."""
    try:
        return urlsplit(f"//{request.host}").hostname
    except ValueError:
        return None


def _is_loopback(address: str | None) -> bool:
    parsed = _parsed(address or "")
    return parsed is not None and parsed.is_loopback


def _is_in(address: str | None, networks: Iterable[Network]) -> bool:
    parsed = _parsed(address or "")
    return parsed is not None and any(parsed in network for network in networks)


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Read an address; IPv4 that came over an IPv6 socket is IPv4."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address
