"""A large batch at work doesn't use up the files that its web process may have open."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ashim_core.testing import sample
from tests.patience import until
from tests.resilience.client import Client, Reply
from tests.resilience.crowd import crowded
from tests.resilience.server import Server

FILES = 100
FEW = 20


def open_files(server: Server) -> int:
    (web,) = server.pids("web")
    return len(list(Path(f"/proc/{web}/fd").iterdir()))


def at_work(client: Client) -> bool:
    return bool(client.get("/api/v1/admin/health").json["queue"]["active"])


def send(client: Client) -> Reply:
    files, settings = [sample("rgb")] * FILES, {"seconds": 0.05}
    return client.post("/api/v1/tools/swell/batch", files, settings=settings)


def test_uploads_are_not_held_open_while_they_are_worked_on(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("files")
    with crowded(folder, AUTH_ENABLED="false") as server, ThreadPoolExecutor(1) as pool:
        before = open_files(server)
        sent = pool.submit(send, server.client)
        until(lambda: at_work(server.client), "a batch that is at work")
        assert open_files(server) - before < FEW
        assert not sent.done()
        assert sent.result().status == 200
