"""Commands beside a server that runs, and servers that refuse to."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import pyvips

from tests.cli.commands import OTHER_PASSWORD, PASSWORD, done
from tests.patience import PATIENCE_S
from tests.web.live import LiveServer, live_server, new_server

_LABEL = 8
"""Characters of the word before each printed line."""


def answer(request: urllib.request.Request) -> tuple[int, Any]:
    """Give status and JSON of an answer, whatever it is."""
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def login(server: LiveServer, password: str) -> tuple[int, Any]:
    body = json.dumps({"username": "admin", "password": password}).encode()
    headers = {"Content-Type": "application/json"}
    return answer(urllib.request.Request(f"{server.address}/api/auth/login", body, headers))


def ask(server: LiveServer, path: str, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return answer(urllib.request.Request(server.address + path, headers=headers))[0]


def test_what_is_set_beside_a_running_server_acts_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "served"
    with live_server(data, AUTH_ENABLED="true") as server:
        monkeypatch.setenv("DATA_DIR", str(data))
        first, session = login(server, "admin")
        assert (first, ask(server, "/api/auth/session", session["token"])) == (200, 200)
        done("user", "set-password", "admin", typed=PASSWORD)
        assert ask(server, "/api/auth/session", session["token"]) == 401
        assert login(server, "admin")[0] == 401
        second, session = login(server, PASSWORD)
        assert (second, session["user"]["mustChangePassword"]) == (200, False)
        key = done("user", "create-key", "admin").stdout.strip()
        assert ask(server, "/api/v1/tools", key) == 200
        done("user", "sign-out", "admin")
        assert ask(server, "/api/v1/tools", session["token"]) == 401
        assert ask(server, "/api/v1/tools", key) == 200
        done("user", "set-password", "admin", typed=OTHER_PASSWORD)
        assert ask(server, "/api/v1/tools", key) == 401


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_printed_lines_work_as_they_are_printed(tmp_path: Path) -> None:
    with new_server(tmp_path / "served here", AUTH_ENABLED="true") as server:
        text = server.printed_until("small.jpg")
        block = re.search(r"^first .*small\.jpg$", text, re.DOTALL | re.MULTILINE)
        assert block is not None, text
        script = "\n".join(line[_LABEL:] for line in block[0].splitlines())
        subprocess.run(
            ["sh", "-eu", "-c", script],
            check=True,
            cwd=tmp_path,
            input=PASSWORD.encode(),
            timeout=PATIENCE_S,
        )
        assert login(server, PASSWORD)[0] == 200
    assert pyvips.Image.new_from_file(str(tmp_path / "small.jpg")).width == 800
    assert not (tmp_path / "data").exists()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="this system has no /proc")
def test_no_connection_of_the_announcement_is_left_open(tmp_path: Path) -> None:
    with live_server(tmp_path / "served", AUTH_ENABLED="true") as server:
        descriptors = Path(f"/proc/{server.process.pid}/fd").iterdir()
        names = [os.readlink(path) for path in descriptors]
    assert names
    assert not [name for name in names if "ashim.db" in name]


def _damaged(path: Path) -> None:
    path.write_bytes(b"no database at all " * 300)


def _empty(path: Path) -> None:
    path.touch()


def _newer(path: Path) -> None:
    done("user", "list")
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("INSERT INTO schema_migration (name, applied) VALUES ('9999_later', '2026')")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_damaged, "is damaged ("),
        (_empty, "is damaged ("),
        (_newer, "was made by a newer version of ashim"),
    ],
)
def test_a_database_that_can_not_be_used_is_one_line(tmp_path: Path, make: Any, words: str) -> None:
    path = tmp_path / "data" / "ashim.db"
    path.parent.mkdir()
    make(path)
    before = path.read_bytes()
    status, out, err = serve()
    assert (status, out, err.count("\n")) == (1, "", 1), err
    assert err.startswith(f"Error: The database {path} ")
    assert words in err
    assert path.read_bytes() == before


def test_a_database_server_that_is_not_reached_is_one_line() -> None:
    status, out, err = serve(DATABASE_URL="postgresql://mia:hidden@127.0.0.1:1/pictures")
    assert (status, out, err.count("\n")) == (1, "", 1), err
    assert err.startswith("Error: The database of DATABASE_URL can't be reached: ")
    assert "hidden" not in err


def serve(**environment: str) -> tuple[int, str, str]:
    """Start a server that must not start; give its status and what it prints."""
    result = subprocess.run(
        [sys.executable, "-m", "ashim_core.cli.main", "serve", "--port", "0"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    return result.returncode, result.stdout, result.stderr
