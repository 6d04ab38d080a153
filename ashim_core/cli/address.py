"""The server's own address: as a URL, and who reaches it."""

import ipaddress

from ashim_core.config import Config

_EVERYWHERE = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - recognised, not bound to


def base_url(config: Config) -> str:
    """Give the URL of the server as this machine reaches it."""
    host = "127.0.0.1" if config.host in _EVERYWHERE else config.host
    bracketed = f"[{host}]" if ":" in host else host
    return f"http://{bracketed}:{config.port}{config.root_path}"


def only_this_machine(config: Config) -> bool:
    """Say whether the server listens where no other machine reaches it."""
    if config.host == "localhost":
        return True
    try:
        return ipaddress.ip_address(config.host).is_loopback
    except ValueError:
        return False
