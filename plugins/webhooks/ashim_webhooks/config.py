"""The variables of this package."""

import ipaddress
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from ashim_core.extension import PluginConfig

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_PRIVATE = (
    *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"),
    *("100.64.0.0/10", "::1/128", "fc00::/7", "fe80::/10"),
)
_SECONDS = (5.0, 300.0, 1800.0, 7200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0)


class WebhooksConfig(PluginConfig, name="webhooks"):
    """Where webhooks may go, and how often they are tried."""

    allow: Annotated[tuple[Network, ...], NoDecode] = Field(
        default=(),
        description="Networks that aren't public and may be sent to, separated by commas, or "
        "`private` for all of them; unset: none",
    )
    retry_s: Annotated[tuple[float, ...], NoDecode] = Field(
        default=_SECONDS,
        description="Seconds after which a delivery that failed is tried again, separated by "
        "commas; after the last one it is given up",
    )
    timeout_s: float = Field(
        default=10, gt=0, le=60, description="How long one attempt may take in all, in seconds"
    )
    at_a_time: int = Field(
        default=8, ge=1, le=64, description="Attempts at a time of each web process"
    )

    @field_validator("allow", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        words = _PRIVATE if value.strip().lower() == "private" else _split(value)
        return tuple(ipaddress.ip_network(word, strict=False) for word in words)

    @field_validator("retry_s", mode="before")
    @classmethod
    def _numbers(cls, value: object) -> object:
        return tuple(float(word) for word in _split(value)) if isinstance(value, str) else value

    @field_validator("retry_s")
    @classmethod
    def _positive(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if not all(0 <= seconds <= _SECONDS[-1] for seconds in value):
            raise ValueError(f"expected numbers from 0 to {_SECONDS[-1]:g}")
        return value


def _split(value: object) -> list[str]:
    return [part.strip() for part in str(value).split(",") if part.strip()]
