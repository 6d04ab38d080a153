"""The variables of this package."""

import ipaddress
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from ashim_core.extension import PluginConfig

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_HEADER = r"^[A-Za-z0-9-]{1,100}$"


class ForwardAuthConfig(PluginConfig, name="forward-auth"):
    """Whom to believe, what their headers are called, and what comes of groups."""

    trust: Annotated[tuple[Network, ...], NoDecode] = Field(
        default=(),
        description="Addresses or networks of the proxies that sign people in, separated by "
        "commas; unset: nobody is believed",
    )
    user_header: str = Field(
        default="Remote-User", pattern=_HEADER, description="Header with the name of the account"
    )
    groups_header: str = Field(
        default="Remote-Groups", pattern=_HEADER, description="Header with the groups of a person"
    )
    separator: str = Field(
        default=",", min_length=1, max_length=4, description="What stands between two groups"
    )
    allowed_groups: Annotated[frozenset[str], NoDecode] = Field(
        default=frozenset(),
        description="Groups of which one is needed, separated by commas; unset: everybody may come",
    )
    roles: Annotated[tuple[tuple[str, str], ...], NoDecode] = Field(
        default=(),
        description="Roles that groups give, such as `pictures-admins=admin,family=editor`; the "
        "first one counts. Whoever is in none of these groups is a `user`. Unset: roles are given "
        "here",
    )
    create: bool = Field(
        default=False, description="Make an account for whoever comes for the first time"
    )

    @field_validator("trust", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(ipaddress.ip_network(part, strict=False) for part in _split(value))

    @field_validator("allowed_groups", mode="before")
    @classmethod
    def _names(cls, value: object) -> object:
        return frozenset(_split(value)) if isinstance(value, str) else value

    @field_validator("roles", mode="before")
    @classmethod
    def _pairs(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        pairs = [part.rpartition("=") for part in _split(value)]
        if not all(group.strip() and role.strip() for group, _, role in pairs):
            raise ValueError("expected pairs such as family=editor, separated by commas")
        return tuple((group.strip(), role.strip()) for group, _, role in pairs)


def _split(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]
