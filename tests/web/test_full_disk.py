"""A server whose disk is full: it says so, keeps nothing of what it refuses, and reads on."""

import errno
import io
import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ashim_core.jobs.folders import JobFolder
from ashim_core.testing import MakeClient, ToolClient, sample
from ashim_core.web import uploads
from tests.data import plain
from tests.patience import until
from tests.resilience import tools
from tests.resilience.client import ASYNC, Client, Reply
from tests.resilience.load import photo
from tests.resilience.server import Server, serving

MIB = 1024 * 1024
SIZE_MB, RESERVE_MB = 64, 8
FULL = (507, "STORAGE_FULL")


def can_mount() -> bool:
    """Say whether this user may have a small disk of their own."""
    if shutil.which("unshare") is None:
        return False
    command = ["unshare", "-Urm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


small_disk = pytest.mark.skipif(not can_mount(), reason="this user may not mount a small disk")


@dataclass(frozen=True)
class SmallDisk:
    """A server whose data folder is a disk of its own, which only its processes see."""

    server: Server

    @property
    def client(self) -> Client:
        return self.server.client

    @property
    def data(self) -> Path:
        """The data folder as the server sees it."""
        return Path(f"/proc/{self.server.pid}/root{self.server.data}")

    @property
    def free(self) -> int:
        disk = os.statvfs(self.data)
        return disk.f_bavail * disk.f_frsize

    @contextmanager
    def filled(self, left: int) -> Iterator[None]:
        """Have only so many bytes free for a while."""
        filler = self.data / "filler"
        with filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, self.free - left)
        try:
            yield
        finally:
            filler.unlink()

    def left_behind(self) -> list[str]:
        """Name what lies in the folders of jobs: of running ones, and of kept ones."""
        found = [*self.data.glob("work/*/*/"), *self.data.glob("jobs/*")]
        return sorted(str(path.relative_to(self.data)) for path in found)


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plugins")
    shutil.copyfile(str(tools.__file__), folder / "tools.py")
    return folder


@contextmanager
def disk(folder: Path, plugins: Path, reserve_mb: int) -> Iterator[SmallDisk]:
    data = folder / "data"
    mount = f'mount -t tmpfs -o size={SIZE_MB}m tmpfs "{data}" && exec "$@"'
    before = ("unshare", "-Urm", "sh", "-c", mount, "sh")
    environment = {
        "ASHIM_PLUGINS_DIR": str(plugins),
        "ASHIM_MIN_FREE_MB": str(reserve_mb),
        "CONCURRENT_JOBS": "1",
    }
    with serving(data, before, **environment) as server:
        yield SmallDisk(server)


@pytest.fixture(scope="module")
def careful(tmp_path_factory: pytest.TempPathFactory, plugins: Path) -> Iterator[SmallDisk]:
    """A server that keeps some room free."""
    with disk(tmp_path_factory.mktemp("careful"), plugins, RESERVE_MB) as small:
        yield small


@pytest.fixture(scope="module")
def careless(tmp_path_factory: pytest.TempPathFactory, plugins: Path) -> Iterator[SmallDisk]:
    """A server that finds out when it writes."""
    with disk(tmp_path_factory.mktemp("careless"), plugins, 0) as small:
        yield small


@pytest.fixture(scope="module")
def picture() -> bytes:
    return photo(900, 600)


def refusal(reply: Reply) -> tuple[int, str]:
    return reply.status, reply.json["code"]


def resize(
    small: SmallDisk, picture: bytes, width: int = 300, headers: dict[str, str] | None = None
) -> Reply:
    settings = {"width": width}
    return small.client.post("/api/v1/tools/resize", [picture], headers=headers, settings=settings)


def ended(small: SmallDisk, started: Reply) -> Any:
    """Wait for the end of a job; give how it is then."""
    assert started.status == 202, started.body
    path = f"/api/v1/jobs/{started.json['jobId']}"
    until(
        lambda: small.client.get(path).json["status"] in ("completed", "failed"),
        "an end",
    )
    return small.client.get(path).json


def assert_well_again(small: SmallDisk, picture: bytes) -> None:
    until(small.server.is_ready, "a server that is ready again")
    assert resize(small, picture).status == 200


@small_disk
def test_nothing_is_accepted_while_too_little_is_free(careful: SmallDisk, picture: bytes) -> None:
    before = careful.left_behind()
    with careful.filled(left=(RESERVE_MB - 1) * MIB):
        assert refusal(resize(careful, picture)) == FULL
        assert refusal(resize(careful, picture, headers=ASYNC)) == FULL
        batch = careful.client.post("/api/v1/tools/resize/batch", [picture], settings={})
        assert refusal(batch) == FULL
        ready = careful.client.get("/readyz")
        assert (ready.status, ready.json["status"]) == (503, "unhealthy")
        assert careful.left_behind() == before
    assert_well_again(careful, picture)


@small_disk
def test_an_upload_that_would_take_too_much_is_refused(careful: SmallDisk) -> None:
    with careful.filled(left=(RESERVE_MB + 2) * MIB):
        assert careful.client.get("/readyz").status == 200
        large = careful.client.post("/api/v1/tools/nap", [bytes(4 * MIB)])
        assert refusal(large) == FULL
        assert careful.client.post("/api/v1/tools/nap", [bytes(1 * MIB)]).status == 200


@small_disk
def test_reading_goes_on_while_the_disk_is_full(careful: SmallDisk, picture: bytes) -> None:
    job = ended(careful, resize(careful, picture, headers=ASYNC))
    link = job["result"]["downloadUrl"]
    result = careful.client.get(link).body
    with careful.filled(left=0):
        assert careful.client.get("/api/v1/health").status == 200
        assert careful.client.get("/healthz").status == 200
        assert careful.client.get("/api/v1/tools").status == 200
        assert careful.client.get("/api/v1/jobs").json["jobs"][0]["jobId"] == job["jobId"]
        assert careful.client.get(f"/api/v1/jobs/{job['jobId']}").json["status"] == "completed"
        again = careful.client.get(link)
        assert (again.status, again.body) == (200, result)
    assert_well_again(careful, picture)


@small_disk
def test_an_upload_that_finds_no_room(careless: SmallDisk, picture: bytes) -> None:
    before = careless.left_behind()
    for left in (0, MIB // 4, MIB + 12345):
        with careless.filled(left):
            reply = careless.client.post("/api/v1/tools/nap", [bytes(3 * MIB)])
            assert refusal(reply) == FULL
            assert careless.left_behind() == before
    assert_well_again(careless, picture)


@small_disk
def test_a_picture_that_finds_no_room(careless: SmallDisk, picture: bytes) -> None:
    before = careless.left_behind()
    with careless.filled(left=len(picture) + MIB // 8):
        assert refusal(resize(careless, picture, width=2700)) == FULL
        assert careless.left_behind() == before
        job = ended(careless, resize(careless, picture, width=2700, headers=ASYNC))
        assert (job["status"], job["code"]) == ("failed", "STORAGE_FULL")
        assert careless.left_behind() == before
    assert_well_again(careless, picture)


@small_disk
def test_a_file_of_a_tool_that_finds_no_room(careless: SmallDisk, picture: bytes) -> None:
    before = careless.left_behind()
    with careless.filled(left=2 * MIB):
        path = "/api/v1/tools/swell"
        reply = careless.client.post(path, [sample("rgb")], settings={"megabytes": 10})
        assert refusal(reply) == FULL
        assert careless.left_behind() == before
    assert_well_again(careless, picture)


@small_disk
def test_a_batch_of_which_nothing_finds_room(careless: SmallDisk, picture: bytes) -> None:
    before = careless.left_behind()
    with careless.filled(left=2 * MIB):
        path = "/api/v1/tools/swell/batch"
        reply = careless.client.post(path, [sample("rgb")] * 3, settings={"megabytes": 10})
        assert refusal(reply) == FULL
        until(lambda: careless.left_behind() == before, "no folder left behind")
    assert_well_again(careless, picture)


@small_disk
def test_an_archive_that_finds_no_room(careless: SmallDisk, picture: bytes) -> None:
    """Two results of 10 MB fit, and the archive of both doesn't."""
    before = careless.left_behind()
    with careless.filled(left=25 * MIB):
        started = careless.client.post(
            "/api/v1/tools/swell/batch",
            [sample("rgb")] * 2,
            headers=ASYNC,
            settings={"megabytes": 10},
        )
        job = ended(careless, started)
        assert (job["status"], job["code"]) == ("failed", "STORAGE_FULL")
        assert careless.left_behind() == before
    assert_well_again(careless, picture)


@small_disk
def test_a_job_is_over_though_its_end_found_no_room(careless: SmallDisk, picture: bytes) -> None:
    """The disk fills while the job is at work; then neither result nor row can be written."""
    before = careless.left_behind()
    started = [
        careless.client.post(
            "/api/v1/tools/swell",
            [sample("rgb")],
            headers=ASYNC,
            settings={"seconds": 1, "megabytes": 1},
        )
        for _ in range(2)
    ]
    with careless.filled(left=0):
        for reply in started:
            address = f"/api/v1/jobs/{reply.json['jobId']}/progress"
            assert careless.client.get(address).status == 200
    for reply in started:
        job = ended(careless, reply)
        assert (job["status"], job["code"]) == ("failed", "STORAGE_FULL")
    assert careless.left_behind() == before
    assert_well_again(careless, picture)


def left_in(client: ToolClient) -> list[Path]:
    data = client.core.config.data_dir
    return [*data.glob("work/*/*/"), *data.glob("jobs/*")]


def post(client: ToolClient, accept: str = "*/*") -> tuple[int, str]:
    """Send a picture; give the status and the code of the answer, which may be none."""
    upload = {"file": (io.BytesIO(sample("rgb")), "a.png")}
    answer = client.http.post("/api/v1/tools/same", data=upload, headers={"Accept": accept})
    with answer:
        return answer.status_code, (answer.json or {}).get("code", "") if answer.is_json else ""


def leave(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    """Have every disk say that it has so many bytes left for us."""

    def statvfs(path: object) -> SimpleNamespace:
        return SimpleNamespace(f_bavail=free // 4096, f_frsize=4096)

    monkeypatch.setattr(os, "statvfs", statvfs)


def plant(client: ToolClient, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Have what is written to a file in the folder of the next job find no room."""
    create = client.core.jobs.work.create

    def planted() -> JobFolder:
        folder = create()
        (folder.path / name).symlink_to("/dev/full")
        return folder

    monkeypatch.setattr(client.core.jobs.work, "create", planted)


class Unread(io.RawIOBase):
    """A body that nobody may read."""

    def read(self, size: int = -1) -> bytes:
        raise AssertionError("expected the body not to be read")


def announce(client: ToolClient, length: int) -> tuple[int, str]:
    """Begin to send so many bytes; give the status and the code of the answer."""
    answer = client.http.post(
        "/api/v1/tools/same",
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": str(length), "wsgi.input": Unread()},
    )
    assert answer.json is not None
    return answer.status_code, answer.json["code"]


def test_the_body_is_not_read_while_too_little_is_free(
    client: ToolClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(monkeypatch, 99 * MIB)
    assert announce(client, 1000) == FULL
    assert client.http.get("/readyz").status_code == 503
    assert client.http.get("/api/v1/health").status_code == 200
    assert not left_in(client)


def test_there_is_room_again(client: ToolClient, monkeypatch: pytest.MonkeyPatch) -> None:
    leave(monkeypatch, 99 * MIB)
    assert post(client) == FULL
    leave(monkeypatch, 101 * MIB)
    assert post(client) == (200, "")
    assert client.http.get("/readyz").status_code == 200


def test_how_much_must_stay_free_can_be_chosen(
    ashim: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(monkeypatch, 40 * MIB)
    assert post(ashim(plain, min_free_mb=50)) == FULL
    assert post(ashim(plain, min_free_mb=30)) == (200, "")


def test_nobody_asks_the_disk_unless_it_matters(
    ashim: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(monkeypatch, 0)
    client = ashim(plain, min_free_mb=0)
    assert post(client) == (200, "")
    assert client.http.get("/readyz").status_code == 200


def test_a_body_that_is_too_long_is_refused_as_such(
    client: ToolClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(monkeypatch, 1024 * MIB)
    assert announce(client, 10**15) == (413, "FILE_TOO_LARGE")
    assert not left_in(client)


class FullFile(uploads.BoundedFile):
    """An upload on a disk without room."""

    def __init__(self, path: str, limit: int) -> None:
        super().__init__(path, limit)
        with open("/dev/full", "wb") as full:
            os.dup2(full.fileno(), self.fileno())


def test_an_upload_without_room(client: ToolClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "BoundedFile", FullFile)
    assert post(client) == FULL
    assert not left_in(client)


def test_an_upload_that_is_cut_short_is_no_upload(tmp_path: Path) -> None:
    """The kernel writes what fits and says how much that was; the error comes with the next."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with closing(uploads.BoundedFile(str(tmp_path / "in0"), limit=MIB)) as file:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
        try:
            with pytest.raises(OSError, match=os.strerror(errno.EFBIG)):
                file.write(bytes(3000))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("name", ["out/result.png", "result.json"])
def test_a_result_without_room(
    client: ToolClient, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    plant(client, monkeypatch, name)
    assert post(client, accept="application/json") == FULL
    assert not left_in(client)
