"""Hundreds of connections of clients that are slow on purpose, and the others meanwhile."""

import socket
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from tests.resilience.client import HOST, form
from tests.resilience.load import photo
from tests.resilience.server import Server, serving
from tests.resilience.slow import MANNERS, Slow, upload_slowly

ATTACK_S = 20
LOOK_S = 0.3
HEALTHY_S = 1.0
LINE = 64 * 1024
THREADS = 160
LARGE = 6_000_000
"""More than the system takes of an answer before the client does."""
JSON = {"Accept": "application/json"}
_BOUNDARY = "honest"
_KIND = f"multipart/form-data; boundary={_BOUNDARY}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("slow") / "data") as running:
        yield running


def health_s(server: Server) -> float:
    """Ask how the server is; give the seconds until it has answered."""
    begin = time.monotonic()
    assert server.client.get("/healthz").status == 200
    return time.monotonic() - begin


def ask(server: Server, seconds: float, every: float) -> list[float]:
    end, times = time.monotonic() + seconds, []
    while time.monotonic() < end:
        times.append(health_s(server))
        time.sleep(every)
    return times


@pytest.mark.parametrize(
    ("connections", "addresses"),
    [(500, [HOST]), (200, [f"127.0.0.{number}" for number in range(1, 11)])],
    ids=["500 from one address", "200 from ten"],
)
def test_slow_clients_keep_nobody_from_being_served(
    server: Server, connections: int, addresses: list[str]
) -> None:
    # What this machine takes at its present load, and what that leaves of a second.
    bound = max(HEALTHY_S, 20 * statistics.median(ask(server, 1, 0.05)))
    body = form(_BOUNDARY, [photo(900, 600)], {"settings": {"width": 30}})
    with ExitStack() as stack, ThreadPoolExecutor(1) as pool:
        crowds = [
            Slow(server.client.port, manner, connections // len(MANNERS), addresses)
            for manner in MANNERS.values()
        ]
        for crowd in crowds:
            crowd.begin()
            stack.callback(crowd.end)
        honest: Future[bytes] = pool.submit(upload_slowly, server.client.port, body, _KIND, LINE)
        times = ask(server, ATTACK_S, LOOK_S)
        assert honest.result().startswith(b"HTTP/1.1 200 ")
    # On a busy machine one or two of thirty wait for a processor. Where threads are held all do.
    late = [seconds for seconds in times if seconds > bound]
    assert len(late) <= len(times) // 5, f"health took {late} seconds, expected {bound:g}"
    assert statistics.median(times) < bound / 2
    answers = {name: crowd.answers for name, crowd in zip(MANNERS, crowds, strict=True)}
    assert answers["half heads"][408] > 0
    assert answers["large logins"].keys() == {413}
    assert answers["uploads that never end"].keys() <= {408, 503}
    assert "Traceback" not in server.printed.read_text()


def test_downloads_that_nobody_takes_leave_threads_for_others(server: Server) -> None:
    settings = {"format": "png"}
    reply = server.client.post(
        "/api/v1/tools/convert", [photo(1800, 1800)], headers=JSON, settings=settings
    )
    assert reply.status == 200, reply.body
    assert reply.json["processedSize"] > LARGE
    with ExitStack() as stack:
        for _ in range(THREADS + 10):
            line = stack.enter_context(socket.socket())
            # Before it connects, or the system agrees on more with the server.
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            line.connect((HOST, server.client.port))
            line.sendall(f"GET {reply.json['downloadUrl']} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        assert server.client.get("/api/v1/formats").status == 200
