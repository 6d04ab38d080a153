"""Where a server is, and which addresses are its own: nothing is ever sent to another one."""

import ipaddress
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from ashim_core.errors import AshimError, InvalidRequest

_API = "/api/v1"
_PRIVATE_ENDINGS = (".localhost", ".local", ".lan", ".internal", ".home.arpa")


class ForeignAddress(AshimError):
    """A server named a file that lies somewhere else."""

    status, code = 502, "FOREIGN_ADDRESS"


@dataclass(frozen=True)
class Address:
    """The address of a server.

    origin: scheme, host and port. prefix: the path that all its own paths begin with, or nothing.
    """

    origin: str
    prefix: str

    @property
    def encrypted(self) -> bool:
        """Nobody on the way can read what is sent."""
        return self.origin.startswith("https:")

    @property
    def near(self) -> bool:
        """It is on this machine or in a private network, as far as its name tells."""
        host = urlsplit(self.origin).hostname or ""
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return "." not in host or host.endswith(_PRIVATE_ENDINGS)
        return address.is_private or address.is_loopback or address.is_link_local

    def api(self, path: str) -> str:
        """Give the URL of a path of the API."""
        return f"{self.origin}{self.prefix}{_API}{path}"

    def own(self, link: str) -> str:
        """Give the URL of a link that the server gave; ForeignAddress unless it is its own.

        A server behind a proxy that takes the prefix away doesn't know it; its links lack it then.
        """
        refusal = ForeignAddress("The server named a file that isn't its own; it was not fetched.")
        try:
            parts = urlsplit(link)
        except ValueError:
            raise refusal from None
        path = parts.path
        if not path.startswith(f"{self.prefix}/"):
            path = self.prefix + path
        elsewhere = parts.scheme or parts.netloc
        if (
            not link.isprintable()
            or (elsewhere and f"{parts.scheme}://{parts.netloc}" != self.origin)
            or not path.startswith(f"{self.prefix}{_API}/")
            or ".." in unquote(path).split("/")
        ):
            raise refusal
        return f"{self.origin}{path}?{parts.query}"


def parse(text: str) -> Address:
    """Read what somebody typed; InvalidRequest says what was expected."""
    try:
        parts = urlsplit(text)
        usable = (
            parts.scheme in ("http", "https")
            and parts.hostname
            and parts.port != 0
            and text.isprintable()
            and not set(text) & set(" \\?#")
        )
    except ValueError:
        usable = False
    if not usable:
        raise InvalidRequest(
            f"Expected the address of a server such as https://images.example.org, got {text!r}."
        )
    if "@" in parts.netloc:
        raise InvalidRequest("Expected the address of a server without a name and a password.")
    return Address(f"{parts.scheme}://{parts.netloc.lower()}", parts.path.rstrip("/"))
