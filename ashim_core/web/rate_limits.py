"""How often somebody may ask: requests for each account or address, logins for each of both."""

import logging
import math
import threading
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from flask import Response, current_app, g, request
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.errors import ConfigurationError, StorageError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter, RateLimiter

from ashim_core.config import Config
from ashim_core.errors import RateLimited, ServerBusy
from ashim_core.identity.names import compared
from ashim_core.installation import with_extra
from ashim_core.policy import Actor
from ashim_core.web.context import actor, preferences
from ashim_core.web.permissions import is_one_of_many
from ashim_core.web.visitors import counted_as

logger = logging.getLogger(__name__)

_PROBES = frozenset({"/healthz", "/readyz"})
"""What asks how the server is, often, and must be answered. It costs next to nothing."""
_HOURLY = 10
"""An account takes so many times the logins of a minute in an hour: guessing slows down, and
whoever owns the account can still sign in."""


_REDIS_S = 2


@dataclass(frozen=True)
class Standing:
    """How much of a limit is left: limit, remaining requests, seconds until it starts anew."""

    limit: int
    remaining: int
    reset: int


class RateLimits:
    """The counters of one server: in memory, or in Redis for several processes."""

    EXTENSION = "ashim-rate-limits"

    def __init__(self, config: Config) -> None:
        self._storage = _storage(config.rate_limit_url.get_secret_value())
        self._requests: RateLimiter = FixedWindowRateLimiter(self._storage)
        self._logins: RateLimiter = MovingWindowRateLimiter(self._storage)
        self._per_minute = config.rate_limit_per_min
        self._pictures_per_minute = config.pictures_per_minute
        in_memory = isinstance(self._storage, MemoryStorage)
        # In memory the library starts a timer with what it counts, and two threads that count at
        # the same moment may both start the same one, which is an error. Counting takes
        # microseconds, so one after the other costs nobody anything; Redis is asked by all at once.
        self._turn: AbstractContextManager[object] = (
            threading.Lock() if in_memory else nullcontext()
        )

    def count_request(self, who: Actor, *, many: bool = False) -> Standing | None:
        """Count a request; RateLimited when it is one too many. None: there is no limit.

        many: it is one of those that pages send many of, which have a limit of their own.
        """
        if not self._per_minute:
            return None
        per_minute = self._pictures_per_minute if many else self._per_minute
        item, kind = RateLimitItemPerMinute(per_minute), "pictures" if many else "requests"
        name = who.id if who.via in ("session", "key", "external") else counted_as(who.address)
        return self._hit(self._requests, item, kind, name)

    def count_login(self, limit: int, address: str | None, username: str) -> None:
        """Count an attempt to sign in; RateLimited when it is one too many."""
        name = compared(username)[:100]
        for item, kind, who in (
            (RateLimitItemPerMinute(limit), "logins from", counted_as(address)),
            (RateLimitItemPerMinute(limit), "logins to", name),
            (RateLimitItemPerHour(limit * _HOURLY), "logins to", name),
        ):
            self._hit(self._logins, item, kind, who)

    def forget_idle(self) -> None:
        """Free what the memory holds of addresses that were not seen for a while."""
        if isinstance(self._storage, MemoryStorage):
            for key, hits in list(self._storage.events.items()):
                # The lock of the library keeps out its timer.
                with self._turn, self._storage.locks[key]:
                    if not hits:
                        self._storage.clear(key)

    def _hit(self, limiter: RateLimiter, item: RateLimitItem, kind: str, who: str) -> Standing:
        try:
            with self._turn:
                accepted = limiter.hit(item, kind, who)
                reset, remaining = limiter.get_window_stats(item, kind, who)
        except StorageError as failure:
            logger.warning("what counts requests can't be reached: %s", failure.storage_error)
            # Nobody may guess passwords as often as they like just because Redis is away.
            raise ServerBusy("What counts requests can't be reached at the moment.") from failure
        standing = Standing(item.amount, remaining, max(1, math.ceil(reset - time.time())))
        if not accepted:
            error = RateLimited(
                f"Too many requests: {item.amount} a {item.GRANULARITY.name} are possible. "
                f"Try again in {standing.reset} seconds."
            )
            error.headers = {"Retry-After": str(standing.reset), **headers(standing)}
            raise error
        return standing


def _storage(url: str) -> Any:
    try:
        return storage_from_string(url, wrap_exceptions=True, **_options(url))
    except ConfigurationError as error:
        raise RuntimeError(
            f"ASHIM_RATE_LIMIT_URL can't be used: {error} "
            f"Expected memory:// or redis://host:6379 (for that: {with_extra('redis')})."
        ) from error


def _options(url: str) -> dict[str, Any]:
    """Bound how long a request waits for Redis."""
    if not url.startswith("redis"):
        return {}
    return {"socket_timeout": _REDIS_S, "socket_connect_timeout": _REDIS_S}


def count_request() -> None:
    """Count the present request, unless it asks how the server is."""
    if request.path not in _PROBES:
        g.standing = _counters().count_request(actor(), many=is_one_of_many())


def count_login(username: str) -> None:
    """Count the present request as an attempt to sign in."""
    limit = preferences().login_attempt_limit
    _counters().count_login(limit, actor().address, username)


def tell_standing(response: Response) -> Response:
    """Add to an answer how many requests are left."""
    standing: Standing | None = g.get("standing")
    if standing is not None:
        response.headers.update(headers(standing))
    return response


def headers(standing: Standing) -> dict[str, str]:
    """Write a standing as headers (draft-ietf-httpapi-ratelimit-headers-06)."""
    return {
        "RateLimit-Limit": str(standing.limit),
        "RateLimit-Remaining": str(standing.remaining),
        "RateLimit-Reset": str(standing.reset),
    }


def _counters() -> RateLimits:
    """Give the counters of the application that handles this request."""
    limits: RateLimits = current_app.extensions[RateLimits.EXTENSION]
    return limits
