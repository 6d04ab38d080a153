"""Who somebody is, from the headers of a proxy that is believed."""

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ashim_forward_auth.config import ForwardAuthConfig, Network

_EVERYBODYS = "user"
"""The role of whoever is in none of the groups that give one."""


@dataclass(frozen=True)
class Person:
    """Somebody whom the proxy has signed in. role: that their groups give them, if any do."""

    name: str
    role: str | None


def person_of(
    headers: Mapping[str, str], peer: str | None, config: ForwardAuthConfig
) -> Person | None:
    """Read who it is; None when nobody is said to be, or may not be believed or let in."""
    name = headers.get(config.user_header, "").strip()
    if not name or not is_trusted(peer, config.trust):
        return None
    groups = _groups(headers.get(config.groups_header, ""), config.separator)
    if config.allowed_groups and not config.allowed_groups & set(groups):
        return None
    return Person(name, _role(groups, config.roles))


def is_trusted(peer: str | None, networks: Iterable[Network]) -> bool:
    """Say whether an address is that of a proxy. IPv4 over an IPv6 socket is IPv4."""
    try:
        address = ipaddress.ip_address(peer or "")
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return any(address in network for network in networks)


def _groups(text: str, separator: str) -> list[str]:
    return [group.strip() for group in text.split(separator) if group.strip()]


def _role(groups: Iterable[str], roles: Iterable[tuple[str, str]]) -> str | None:
    roles = list(roles)
    if not roles:
        return None
    held = set(groups)
    return next((role for group, role in roles if group in held), _EVERYBODYS)
