"""A library whose disk is full: it says so, keeps nothing by halves, and can be read on."""

import errno
import hashlib
import io
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ashim_core.testing import ToolClient, sample
from tests.patience import until
from tests.resilience.client import Client, Reply
from tests.resilience.load import photo
from tests.resilience.server import Server, serving

MIB = 1024 * 1024
SIZE_MB = 64
FULL = (507, "STORAGE_FULL")


def can_mount() -> bool:
    """Say whether this user may have a small disk of their own."""
    if shutil.which("unshare") is None:
        return False
    command = ["unshare", "-Urm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


small_disk = pytest.mark.skipif(not can_mount(), reason="this user may not mount a small disk")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose data folder is a small disk, and which finds out when it writes."""
    data = tmp_path_factory.mktemp("small") / "data"
    mount = f'mount -t tmpfs -o size={SIZE_MB}m tmpfs "{data}" && exec "$@"'
    before = ("unshare", "-Urm", "sh", "-c", mount, "sh")
    with serving(data, before, ASHIM_MIN_FREE_MB="0", CONCURRENT_JOBS="1") as server:
        yield server


def seen(server: Server) -> Path:
    """Give the data folder as the server sees it."""
    return Path(f"/proc/{server.pid}/root{server.data}")


@contextmanager
def filled(server: Server, left: int) -> Iterator[None]:
    """Have only so many bytes free for a while."""
    filler = seen(server) / "filler"
    disk = os.statvfs(seen(server))
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, disk.f_bavail * disk.f_frsize - left)
    try:
        yield
    finally:
        filler.unlink()


def kept(server: Server) -> tuple[set[str], set[str], list[str]]:
    """Give the digests of versions, those of bytes, and what is neither: at work, unfinished."""
    data = seen(server)
    files = server.client.get("/api/v1/files?limit=1000").json["files"]
    found = [server.client.get(f"/api/v1/files/{file['id']}").json for file in files]
    rows = {version["sha256"] for file in found for version in file["versions"]}
    names = [path.name for path in data.glob("files/??/*")]
    rest = [name for name in names if "." in name]
    rest += [str(path.relative_to(data)) for path in data.glob("work/*/*/")]
    return rows, {name for name in names if "." not in name}, rest


def refusal(reply: Reply) -> tuple[int, str]:
    return reply.status, reply.json["code"]


def pictures(count: int) -> list[bytes]:
    return [photo(900 + number, 600) for number in range(count)]


def upload(client: Client, files: list[bytes]) -> Reply:
    return client.post("/api/v1/upload", files)


@small_disk
@pytest.mark.parametrize("left", [0, 5_000, MIB // 4, MIB])
def test_an_upload_without_room_leaves_nothing(server: Server, left: int) -> None:
    client = server.client
    before = upload(client, pictures(1))
    assert before.status == 201, before.body
    (file,) = before.json["files"]
    there = kept(server)
    with filled(server, left):
        assert refusal(upload(client, [*pictures(4), photo(2000, 1500)])) == FULL
        assert kept(server) == there
        listed = client.get("/api/v1/files")
        assert (listed.status, listed.json["files"][0]["id"]) == (200, file["id"])
        data = client.get(file["downloadUrl"]).body
        assert hashlib.sha256(data).hexdigest() == file["sha256"]
    until(server.is_ready, "a server that is ready again")
    assert upload(client, pictures(2)).status == 201


@small_disk
def test_a_version_without_room_leaves_the_file_as_it_is(server: Server) -> None:
    client = server.client
    (file,) = upload(client, pictures(1)).json["files"]
    settings = {"width": 2700, "fileId": file["id"]}
    there = kept(server)
    with filled(server, MIB // 8):
        reply = client.post("/api/v1/tools/resize", [], settings=settings)
        assert refusal(reply) == FULL
        assert kept(server) == there
    assert len(client.get(f"/api/v1/files/{file['id']}").json["versions"]) == 1
    until(server.is_ready, "a server that is ready again")
    assert client.post("/api/v1/tools/resize", [], settings=settings).status == 200
    assert len(client.get(f"/api/v1/files/{file['id']}").json["versions"]) == 2


@small_disk
def test_deleting_files_makes_room(server: Server) -> None:
    client = server.client
    files = upload(client, pictures(3)).json["files"]
    for file in files:
        assert client.send("DELETE", f"/api/v1/files/{file['id']}").status == 200
    rows, bytes_there, rest = kept(server)
    assert (rows, rest) == (bytes_there, [])
    assert not {file["sha256"] for file in files} & rows


def test_a_batch_names_the_files_that_found_no_room(
    client: ToolClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others are kept, and the batch goes on."""
    files = []
    for number in range(3):
        answer = client.http.post(
            "/api/v1/upload", data={"file": (io.BytesIO(sample("rgb")), f"{number}.png")}
        )
        assert answer.json is not None
        files.append(answer.json["files"][0]["id"])
    blobs = client.core.library.blobs
    prepare = blobs.prepare
    times = iter(range(3))

    def full(path: Path) -> object:
        if next(times) == 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        return prepare(path)

    monkeypatch.setattr(blobs, "prepare", full)
    answer = client.http.post(
        "/api/v1/tools/mirror/batch",
        data={"fileId": files},
        headers={"Accept": "application/json"},
    )
    assert answer.json is not None
    codes = [item.get("code") for item in answer.json["results"]]
    assert codes == [None, "STORAGE_FULL", None]
    assert ["savedFileId" in item for item in answer.json["results"]] == [True, False, True]
