"""The first steps with curl, as people paste them into a shell, on a server that was never used."""

import io
import json
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import pyvips

from ashim_core.testing import sample
from tests.patience import PATIENCE_S
from tests.web.live import live_server

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")

LOGIN = """
curl -X POST http://localhost:1349/api/auth/login \\
  -H "Content-Type: application/json" \\
  -d '{"username":"admin","password":"admin"}'
"""
GET_TOOL = """
curl http://localhost:1349/api/v1/tools/resize \\
  -H "Authorization: Bearer <session-token>"
"""
CHANGE_PASSWORD = """
curl -X POST http://localhost:1349/api/auth/change-password \\
  -H "Authorization: Bearer <session-token>" \\
  -H "Content-Type: application/json" \\
  -d '{"currentPassword":"admin","newPassword":"correct horse battery"}'
"""
CREATE_KEY = """
curl -X POST http://localhost:1349/api/v1/api-keys \\
  -H "Authorization: Bearer <session-token>" \\
  -H "Content-Type: application/json" \\
  -d '{"name":"my-script"}'
"""
USE_KEY = """
curl http://localhost:1349/api/v1/tools/resize \\
  -H "Authorization: Bearer si_<your-key>"
"""
RUN_TOOL = """
curl -X POST http://localhost:1349/api/v1/tools/resize \\
  -H "Authorization: Bearer <token>" \\
  -F "file=@input.jpg" \\
  -F 'settings={"width":800,"height":600}'
"""
BATCH = """
curl -X POST http://localhost:1349/api/v1/tools/compress/batch \\
  -H "Authorization: Bearer <token>" \\
  -F "files=@a.jpg" \\
  -F "files=@b.jpg" \\
  -F "files=@c.jpg" \\
  -F 'settings={"quality":80}'
"""
PIPELINE = """
curl -X POST http://localhost:1349/api/v1/pipeline/execute \\
  -H "Authorization: Bearer <token>" \\
  -F "file=@input.jpg" \\
  -F 'pipeline=[
    {"toolId":"resize","settings":{"width":1200}},
    {"toolId":"compress","settings":{"quality":80}},
    {"toolId":"watermark-text","settings":{"text":"© 2025"}}
  ]'
"""
PIPELINE_BATCH = """
curl -X POST http://localhost:1349/api/v1/pipeline/batch \\
  -H "Authorization: Bearer <token>" \\
  -F "files=@a.jpg" \\
  -F "files=@b.jpg" \\
  -F 'pipeline=[{"toolId":"resize","settings":{"width":800}}]'
"""
IN_THE_BACKGROUND = """
curl -X POST http://localhost:1349/api/v1/tools/compress/batch \\
  -H "Authorization: Bearer <token>" -H "Prefer: respond-async" \\
  -F "files=@a.jpg" -F "files=@b.jpg"
"""
PROGRESS = """
curl -N http://localhost:1349/api/v1/jobs/<jobId>/progress \\
  -H "Authorization: Bearer <token>"
"""
UPLOAD = """
curl -X POST http://localhost:1349/api/v1/upload \\
  -H "Authorization: Bearer <token>" \\
  -F "file=@input.jpg"
"""
FIND_FILES = """
curl "http://localhost:1349/api/v1/files?search=input&limit=20" \\
  -H "Authorization: Bearer <token>"
"""
GET_FILE = """
curl http://localhost:1349/api/v1/files/<id> \\
  -H "Authorization: Bearer <token>"
"""
DOWNLOAD_FILE = """
curl http://localhost:1349/api/v1/files/<id>/download \\
  -H "Authorization: Bearer <token>" \\
  -o output.jpg
"""
GET_THUMBNAIL = """
curl http://localhost:1349/api/v1/files/<id>/thumbnail \\
  -H "Authorization: Bearer <token>" \\
  -o thumbnail.jpg
"""
RUN_ON_FILE = """
curl -X POST http://localhost:1349/api/v1/tools/resize \\
  -H "Authorization: Bearer <token>" \\
  -F 'settings={"width":800,"fileId":"<id>"}' \\
  -o resized.jpg
"""
USE_FILE = """
curl -X POST http://localhost:1349/api/v1/tools/resize \\
  -H "Authorization: Bearer <token>" \\
  -F "file=/files/<id>" \\
  -F 'settings={"width":100}' \\
  -o small.jpg
"""
RESTORE_FILE = """
curl -X POST http://localhost:1349/api/v1/files/<id>/restore \\
  -H "Authorization: Bearer <token>"
"""
DELETE_FILE = """
curl -X DELETE http://localhost:1349/api/v1/files/<id> \\
  -H "Authorization: Bearer <token>"
"""
DELETE_FILES = """
curl -X DELETE http://localhost:1349/api/v1/files \\
  -H "Authorization: Bearer <token>" \\
  -H "Content-Type: application/json" \\
  -d '{"ids":["<id>"]}'
"""


@dataclass(frozen=True)
class Shell:
    """A shell in which the address of the server and what it gave are filled in.

    given: by what stands for it in the commands.
    """

    folder: Path
    given: dict[str, str]

    def run(self, command: str) -> bytes:
        for placeholder, value in self.given.items():
            command = command.replace(placeholder, value)
        done = subprocess.run(
            command,
            shell=True,
            check=True,
            capture_output=True,
            cwd=self.folder,
            timeout=PATIENCE_S,
        )
        return done.stdout

    def json(self, command: str) -> Any:
        return json.loads(self.run(command))


@contextmanager
def new_server(folder: Path) -> Iterator[Shell]:
    """Give a shell beside a server that was never used."""
    with live_server(folder / "data", AUTH_ENABLED="true", RATE_LIMIT_PER_MIN="100") as server:
        address = server.address.replace("127.0.0.1", "localhost")
        yield Shell(folder, {"http://localhost:1349": address})


def lay_out_pictures(folder: Path) -> None:
    for name in ("input.jpg", "a.jpg", "b.jpg", "c.jpg"):
        (folder / name).write_bytes(sample("rgb"))


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A shell beside a server whose first password was changed."""
    with new_server(tmp_path_factory.mktemp("used")) as shell:
        shell.given["<session-token>"] = shell.given["<token>"] = shell.json(LOGIN)["token"]
        assert shell.json(CHANGE_PASSWORD) == {"ok": True}
        yield shell


@pytest.fixture
def shell(used: Shell, tmp_path: Path) -> Shell:
    """The same in a folder of its own, with pictures."""
    lay_out_pictures(tmp_path)
    return replace(used, folder=tmp_path, given=dict(used.given))


def test_every_example_works_as_printed(tmp_path: Path) -> None:
    lay_out_pictures(tmp_path)
    with new_server(tmp_path) as shell:
        first_steps(shell)


def first_steps(shell: Shell) -> None:
    """Sign in, change the password, make a key, and use them all."""
    login = shell.json(LOGIN)
    assert login["token"]
    assert login["user"]["mustChangePassword"] is True
    shell.given["<session-token>"] = login["token"]
    assert shell.json(GET_TOOL)["code"] == "MUST_CHANGE_PASSWORD"
    assert shell.json(CREATE_KEY)["code"] == "MUST_CHANGE_PASSWORD"
    assert shell.json(CHANGE_PASSWORD) == {"ok": True}
    assert shell.json(GET_TOOL)["id"] == "resize"
    key = shell.json(CREATE_KEY)
    assert key["name"] == "my-script"
    assert key["key"].startswith("si_")
    assert len(key["key"]) == len("si_") + 96
    assert key["id"]
    shell.given["si_<your-key>"] = key["key"]
    assert shell.json(USE_KEY)["id"] == "resize"
    for token in (login["token"], key["key"]):
        shell.given["<token>"] = token
        assert shell.run(RUN_TOOL).startswith(b"\x89PNG")
    assert shell.json(LOGIN)["code"] == "INVALID_CREDENTIALS"


def darkest(image: pyvips.Image) -> int:
    return min(bytes(image.write_to_memory()))


def test_batches_and_pipelines_work_as_printed(shell: Shell) -> None:
    for archive in (shell.run(BATCH), shell.run(PIPELINE_BATCH)):
        assert zipfile.ZipFile(io.BytesIO(archive)).testzip() is None
    marked = pyvips.Image.new_from_buffer(shell.run(PIPELINE), "")
    assert (marked.width, marked.height) == (1200, 800)
    # The right half of the picture is full of green, but for the text in its middle.
    assert darkest(marked[1].crop(640, 380, 40, 40)) < 150
    assert darkest(marked[1].crop(640, 500, 500, 200)) > 240
    shell.given["<jobId>"] = shell.json(IN_THE_BACKGROUND)["jobId"]
    last = shell.run(PROGRESS).decode().rstrip().rpartition("data: ")[2]
    assert json.loads(last)["status"] == "completed"


def test_the_library_works_as_printed(shell: Shell) -> None:
    (file,) = shell.json(UPLOAD)["files"]
    shell.given["<id>"] = file["id"]
    assert [found["id"] for found in shell.json(FIND_FILES)["files"]] == [file["id"]]
    assert shell.json(GET_FILE)["file"] == file
    shell.run(DOWNLOAD_FILE)
    assert (shell.folder / "output.jpg").read_bytes() == sample("rgb")
    shell.run(GET_THUMBNAIL)
    assert (shell.folder / "thumbnail.jpg").read_bytes().startswith(b"\xff\xd8\xff")
    shell.run(USE_FILE)
    assert pyvips.Image.new_from_file(str(shell.folder / "small.jpg")).width == 100
    assert len(shell.json(GET_FILE)["versions"]) == 1
    shell.run(RUN_ON_FILE)
    assert pyvips.Image.new_from_file(str(shell.folder / "resized.jpg")).width == 800
    versions = shell.json(GET_FILE)["versions"]
    assert [(version["width"], version["toolChain"]) for version in versions] == [
        (48, []),
        (800, ["resize"]),
    ]
    restored = shell.json(RESTORE_FILE)["file"]
    assert (restored["version"], restored["sha256"]) == (3, file["sha256"])
    assert shell.json(DELETE_FILE) == {"deleted": 3}
    (file,) = shell.json(UPLOAD)["files"]
    shell.given["<id>"] = file["id"]
    assert shell.json(DELETE_FILES) == {"deleted": 1}
    assert shell.json(FIND_FILES)["total"] == 0


def test_without_a_token_only_what_is_public_answers(shell: Shell) -> None:
    unknown = shell.json(USE_KEY)
    assert (unknown["code"], unknown["statusCode"]) == ("AUTH_REQUIRED", 401)
    assert shell.json("curl http://localhost:1349/api/v1/health")["status"] == "healthy"
    config = shell.json("curl http://localhost:1349/api/v1/config/auth")
    assert config["authEnabled"] is True
