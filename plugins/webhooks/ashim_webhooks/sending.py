"""One attempt: a POST to an address that was looked up before, in bounded time."""

import email.utils
import http.client
import math
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from functools import cache
from typing import NamedTuple
from urllib.parse import urlsplit

from ashim_webhooks.addresses import Unreachable, address_of
from ashim_webhooks.config import WebhooksConfig

_MOST = 64 * 1024
_SHOWN = 500
_DAY_S = 86_400


class Answer(NamedTuple):
    """What a receiver has said. text: how it begins. wait_s: how long it wants to be left alone."""

    status: int
    text: str
    wait_s: float | None


def send(url: str, body: str, headers: Mapping[str, str], config: WebhooksConfig) -> Answer:
    """Send a body once; redirects are not followed. Unreachable when there is no answer."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    context = _trust() if parts.scheme == "https" else None
    line = _Pinned(host, port, config, context)
    path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    # What is slow is given so long for each piece, but not for all of them together.
    timer = threading.Timer(config.timeout_s, line.hang_up)
    timer.start()
    with closing(line):
        try:
            line.request("POST", path, body.encode(), dict(headers))
            response = line.getresponse()
            line.refuse_cut()
            text = response.read(_MOST)[: 4 * _SHOWN].decode(errors="replace")[:_SHOWN]
        except (OSError, http.client.HTTPException) as error:
            late = line.hung_up or isinstance(error, TimeoutError)
            said = "it took too long" if late else str(error) or type(error).__name__
            raise Unreachable(f"No answer came from {host}: {said}.") from error
        finally:
            timer.cancel()
    return Answer(response.status, text, _wait(response.getheader("Retry-After")))


class _Pinned(http.client.HTTPConnection):
    """A connection to the very address that a name was looked up to, and under that name."""

    def __init__(
        self, host: str, port: int, config: WebhooksConfig, context: ssl.SSLContext | None
    ) -> None:
        super().__init__(host, port, timeout=config.timeout_s)
        self.default_port = 80 if context is None else 443
        self._allow = config.allow
        self._context = context
        self.hung_up = False

    def connect(self) -> None:
        address = address_of(self.host, self.port, self._allow)
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._use(socket.socket(family, socket.SOCK_STREAM))
        self.sock.settimeout(self.timeout)
        self.sock.connect((address, self.port))
        if self._context is not None:
            tls = self._context.wrap_socket(
                self.sock, server_hostname=self.host, do_handshake_on_connect=False
            )
            self._use(tls)
            tls.do_handshake()

    def refuse_cut(self) -> None:
        """Refuse a head that ended where it was hung up; to the library it looks like a whole one.

        Of a body nothing is needed: once the status has come whole, it counts.
        """
        if self.hung_up:
            raise TimeoutError

    def _use(self, sock: socket.socket) -> None:
        """Have a socket be the one that `hang_up` ends, unless it was called already."""
        self.sock = sock
        self.refuse_cut()

    def hang_up(self) -> None:
        """End it, whoever waits for what."""
        self.hung_up = True
        with suppress(OSError, AttributeError):
            self.sock.shutdown(socket.SHUT_RDWR)


@cache
def _trust() -> ssl.SSLContext:
    """Read whom this machine trusts, once."""
    return ssl.create_default_context()


def _wait(text: str | None) -> float | None:
    """Read `Retry-After`: seconds, or a date; a day at most."""
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(text).timestamp() - time.time()
        except ValueError:
            return None
    return None if math.isnan(seconds) else min(max(seconds, 0), _DAY_S)
