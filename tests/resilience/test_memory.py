"""What a batch costs the process that answers it: not more the more files there are."""

import io
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from tests.resilience.client import Reply
from tests.resilience.load import photo
from tests.resilience.processes import memory
from tests.resilience.server import Server, serving

FEW, MANY = 20, 200
WIDTH, HEIGHT = 1632, 1224
LOOK_S = 0.02
GROWTH = 20 * 1024 * 1024


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with serving(tmp_path / "data", CONCURRENT_JOBS="2") as running:
        yield running


def send(server: Server, picture: bytes, files: int) -> Reply:
    path = "/api/v1/tools/resize/batch"
    return server.client.post(path, [picture] * files, settings={"width": 400})


def peak(server: Server, picture: bytes, files: int) -> int:
    """Send a batch; give the most memory that the web process held meanwhile."""
    (web,) = server.pids("web")
    most = 0
    with ThreadPoolExecutor(1) as pool:
        sent = pool.submit(send, server, picture, files)
        while wait([sent], timeout=LOOK_S).not_done:
            most = max(most, memory(web))
        reply = sent.result()
    assert reply.status == 200, reply.body[:200]
    with zipfile.ZipFile(io.BytesIO(reply.body)) as archive:
        names = [name for name in archive.namelist() if name.endswith(".jpg")]
    assert len(names) == files
    return most


def test_two_hundred_files_take_hardly_more_than_twenty(server: Server) -> None:
    picture = photo(WIDTH, HEIGHT)
    assert send(server, picture, FEW).status == 200  # whatever the first batch loads
    few = peak(server, picture, FEW)
    many = peak(server, picture, MANY)
    assert many - few < GROWTH, f"{few} bytes for {FEW} files, {many} for {MANY}"
