"""Which address a webhook goes to: the name is looked up once, and nothing private is reached.

Whoever may name an address would otherwise have the server ask what only the server can reach.
"""

import ipaddress
import socket
from collections.abc import Iterable

from ashim_webhooks.config import Network

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
"""All that is public in IPv6 today (the IANA registry of its address space)."""
_SPECIAL = (ipaddress.IPv4Network("192.0.0.0/24"), ipaddress.IPv4Network("192.88.99.0/24"))
"""For protocols, though some of them pass for public."""


class Unreachable(Exception):
    """Why nothing is sent, as a sentence."""


def address_of(host: str, port: int, allow: Iterable[Network]) -> str:
    """Look a name up; give the address to connect to. Unreachable when one of all isn't public.

    allow: networks that may be sent to though they are private.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"The name {host} can't be looked up.") from error
    addresses = [ipaddress.ip_address(str(item[4][0]).partition("%")[0]) for item in found]
    networks = tuple(allow)
    # Which address that is stays untold: it may be the name of somebody's inner network.
    if not all(_may_be_reached(address, networks) for address in addresses):
        raise Unreachable(f"{host} leads to an address that isn't public.")
    if not addresses:
        raise Unreachable(f"The name {host} has no address.")
    return str(addresses[0])


def _may_be_reached(address: Address, networks: tuple[Network, ...]) -> bool:
    inner = _inside(address)
    if any(one in network for one in (address, inner) for network in networks):
        return True
    # Of what stands for an IPv4 address, that address is what is reached.
    return _is_public(inner)


def _inside(address: Address) -> Address:
    """Give the IPv4 address that an IPv6 address stands for, or the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else address)


def _is_public(address: Address) -> bool:
    if not address.is_global or address.is_multicast:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _SPECIAL)
    return address in _GLOBAL_UNICAST
