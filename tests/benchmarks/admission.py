"""Signing in, and what it costs every request that somebody is known and counted."""

import http.client
import json
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

from tests.benchmarks.ashim_server import ashim_server
from tests.benchmarks.endpoint import Endpoint
from tests.benchmarks.lab import Lab
from tests.benchmarks.report import Row, at_most, plain

_TRIES = 200
_REQUESTS = 400
_PASSWORD = "correct horse battery"
_ENVIRONMENT = {
    "AUTH_ENABLED": "true",
    "DEFAULT_PASSWORD": _PASSWORD,
    "SKIP_MUST_CHANGE_PASSWORD": "true",
    "LOGIN_ATTEMPT_LIMIT": "1000000",
    "RATE_LIMIT_PER_MIN": "1000000",
}
_TOOL = "/api/v1/tools/resize"


def run(lab: Lab) -> Iterator[Row]:
    with ashim_server(lab.fresh("server"), **_ENVIRONMENT) as server:
        wrong, unknown = _login_times(server, lab)
        gap = 100 * abs(1 - statistics.median(unknown) / statistics.median(wrong))
        yield at_most(
            "R15",
            f"login of an unknown user / wrong password, medians of {_TRIES}",
            gap,
            5,
            unit="%",
            more=f"{_ms(unknown)} and {_ms(wrong)}",
        )
        known = _cost_of_asking(server, _token(server))
    with ashim_server(lab.fresh("server")) as server:
        anyone = _cost_of_asking(server, None)
    yield plain(
        "CPU of a request whose sender is known and counted",
        f"{known:.2f} ms, {known - anyone:.2f} ms more than where nobody signs in",
    )


def _login_times(server: Endpoint, lab: Lab) -> tuple[list[float], list[float]]:
    """Try both kinds in a random order, so that whatever else the machine does meets both."""
    times: dict[str, list[float]] = {"admin": [], "nobody": []}
    tries = ["admin", "nobody"] * _TRIES
    lab.dice.shuffle(tries)
    with closing(http.client.HTTPConnection("127.0.0.1", server.port)) as connection:
        for username in ["admin", "nobody"] * 5:
            _login(connection, username, "wrong")
        for username in tries:
            times[username].append(_timed(lambda: _login(connection, username, "wrong")))  # noqa: B023 - called at once
    return times["admin"], times["nobody"]


def _timed(act: Callable[[], object]) -> float:
    begin = time.perf_counter()
    act()
    return time.perf_counter() - begin


def _login(connection: http.client.HTTPConnection, username: str, password: str) -> Any:
    body = json.dumps({"username": username, "password": password})
    connection.request("POST", "/api/auth/login", body, {"Content-Type": "application/json"})
    return json.loads(connection.getresponse().read())


def _token(server: Endpoint) -> str:
    with closing(http.client.HTTPConnection("127.0.0.1", server.port)) as connection:
        return str(_login(connection, "admin", _PASSWORD)["token"])


def _cost_of_asking(server: Endpoint, token: str | None) -> float:
    """Give the CPU of one small request, in milliseconds."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with closing(http.client.HTTPConnection("127.0.0.1", server.port)) as connection:

        def ask() -> None:
            connection.request("GET", _TOOL, headers=headers)
            response = connection.getresponse()
            response.read()
            if response.status != 200:
                raise RuntimeError(f"expected 200, got {response.status}")

        for _ in range(_REQUESTS // 4):
            ask()
        before = server.cpu()
        for _ in range(_REQUESTS):
            ask()
        return 1000 * (server.cpu() - before) / _REQUESTS


def _ms(seconds: list[float]) -> str:
    return f"{1000 * statistics.median(seconds):.1f} ms"
