"""A caller who goes before the answer is there: the work is ended, and nothing stays behind."""

import json
import shutil
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from ashim_core.testing import sample
from tests.conftest import DATA
from tests.patience import PATIENCE_S, until
from tests.web.live import LiveServer, get_json, live_server

_BOUNDARY = "boundary-of-the-test"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    folder = tmp_path_factory.mktemp("hang-up")
    plugins = folder / "plugins"
    plugins.mkdir()
    shutil.copyfile(DATA / "naughty.py", plugins / "naughty.py")
    environment = {"ASHIM_PLUGINS_DIR": str(plugins), "CONCURRENT_JOBS": "1"}
    with live_server(folder / "data", PROCESSING_TIMEOUT_S="600", **environment) as live:
        yield live


def send(server: LiveServer, path: str, **settings: float) -> socket.socket:
    """Send a whole request, and don't wait for its answer."""
    parts = [
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="settings"\r\n\r\n'.encode(),
        json.dumps(settings).encode(),
        f'\r\n--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; '.encode(),
        b'filename="a.png"\r\n\r\n',
        sample("rgb"),
        f"\r\n--{_BOUNDARY}--\r\n".encode(),
    ]
    body = b"".join(parts)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
        f"Content-Type: multipart/form-data; boundary={_BOUNDARY}\r\n\r\n"
    )
    address = urlsplit(server.address)
    line = socket.create_connection((address.hostname, address.port), timeout=PATIENCE_S)
    line.sendall(head.encode() + body)
    return line


def active(server: LiveServer) -> int:
    return int(get_json(f"{server.address}/api/v1/admin/health")["queue"]["active"])


@pytest.mark.parametrize("path", ["/api/v1/tools/sleep", "/api/v1/tools/sleep/batch"])
def test_the_worker_is_free_again_and_the_folder_gone(server: LiveServer, path: str) -> None:
    line = send(server, path, seconds=2 * PATIENCE_S)
    until(lambda: active(server) == 1)
    line.close()
    until(lambda: active(server) == 0)
    work = server.output.parent / "work"
    until(lambda: not [*work.glob("*/*/*")])


def test_a_caller_who_only_waits_is_served(server: LiveServer) -> None:
    with send(server, "/api/v1/tools/sleep", seconds=1) as line:
        assert line.recv(12) == b"HTTP/1.1 200"
