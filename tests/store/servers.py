"""Database servers for tests: started in a temporary folder, reached through a socket in it.

Their defaults are not those that ashim needs, so that it has to ask for what it needs.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pymysql  # type: ignore[import-untyped]

from tests.patience import PATIENCE_S

_ACCOUNT = "nobody"
"""Who the servers run as when the tests run as root, which both of them refuse."""


def find_postgresql() -> Path | None:
    """Give the folder of PostgreSQL's programs, if it is installed."""
    found: list[Path] = []
    if config := shutil.which("pg_config"):
        said = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=True)
        found.append(Path(said.stdout.strip()))
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if program := shutil.which("postgres"):
        found.append(Path(program).parent)
    return next((path for path in found if (path / "initdb").exists()), None)


def find_mariadb() -> tuple[str, str] | None:
    """Give MariaDB's server and what prepares its folder, if it is installed."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"
    server = shutil.which("mariadbd", path=path)
    prepare = shutil.which("mariadb-install-db", path=path)
    return (server, prepare) if server and prepare else None


@contextmanager
def postgresql(programs: Path) -> Iterator[Callable[[str], str]]:
    """Run PostgreSQL; give a function that makes a database of a name and gives its URL."""
    with _folder() as folder:
        data = folder / "data"
        options = ["-A", "trust", "-U", "ashim", "-E", "UTF8", "--no-locale", "--no-sync"]
        _run(folder, programs / "initdb", "-D", data, *options)
        quick = ["fsync=off", "full_page_writes=off", "listen_addresses="]
        quick.append("default_transaction_isolation=repeatable read")
        command = [programs / "postgres", "-D", data, "-k", folder]
        command += [word for setting in quick for word in ("-c", setting)]

        def make(name: str) -> str:
            with _postgresql(folder) as connection:
                connection.execute(f'CREATE DATABASE "{name}"')
            return f"postgresql://ashim@/{name}?host={folder}"

        with _running(folder, command, lambda: _postgresql(folder), signal.SIGQUIT):
            yield make


@contextmanager
def mariadb(server: str, prepare: str) -> Iterator[Callable[[str], str]]:
    """Run MariaDB; give a function that makes a database of a name and gives its URL."""
    with _folder() as folder:
        data, address = folder / "data", folder / "socket"
        # Of its own: every server that starts removes the temporary tables of others.
        own = f"--tmpdir={folder}"
        options = ["--auth-root-authentication-method=normal", "--skip-test-db", own]
        _run(folder, prepare, "--no-defaults", f"--datadir={data}", *options)
        command = [
            *(server, "--no-defaults", f"--datadir={data}", f"--socket={address}"),
            *("--skip-networking", "--innodb-flush-log-at-trx-commit=0", "--skip-log-bin"),
            *("--sql-mode=", "--transaction-isolation=READ-COMMITTED"),
            *(f"--pid-file={folder}/pid", own),
        ]

        def make(name: str) -> str:
            with _mariadb(address) as connection, connection.cursor() as cursor:
                cursor.execute(f"CREATE DATABASE `{name}` CHARACTER SET latin1")
            return f"mysql://root@localhost/{name}?unix_socket={address}"

        with _running(folder, command, lambda: _mariadb(address), signal.SIGKILL):
            yield make


def _postgresql(folder: Path) -> "psycopg.Connection[Any]":
    return psycopg.connect(host=str(folder), user="ashim", dbname="postgres", autocommit=True)


def _mariadb(address: Path) -> Any:
    # The driver leaves its socket open when nobody listens yet.
    with socket.socket(socket.AF_UNIX) as attempt:
        attempt.connect(str(address))
    return pymysql.connect(user="root", unix_socket=str(address))


@contextmanager
def _folder() -> Iterator[Path]:
    """Have a folder that the servers' account may use; pytest's own let nobody else in."""
    folder = Path(tempfile.mkdtemp(prefix="ashim-"))
    try:
        if account := _account():
            os.chown(folder, account["user"], account["group"])
        yield folder
    finally:
        shutil.rmtree(folder)


def _account() -> dict[str, Any]:
    if os.geteuid():
        return {}
    entry = pwd.getpwnam(_ACCOUNT)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _run(folder: Path, *command: object) -> None:
    words = [str(word) for word in command]
    done = subprocess.run(
        words, cwd=folder, capture_output=True, text=True, check=False, **_account()
    )
    assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def _running(
    folder: Path, command: list[Any], connect: Callable[[], Any], end: signal.Signals
) -> Iterator[None]:
    printed = folder / "printed.txt"
    with printed.open("wb") as file:
        process = subprocess.Popen(
            [str(word) for word in command],
            cwd=folder,
            stdout=file,
            stderr=subprocess.STDOUT,
            **_account(),
        )
    try:
        _wait(process, connect, printed)
        yield
    finally:
        # What they would still write is removed anyway.
        process.send_signal(end)
        process.wait(PATIENCE_S)


def _wait(process: subprocess.Popen[bytes], connect: Callable[[], Any], printed: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            connect().close()
        except (psycopg.OperationalError, pymysql.err.OperationalError, OSError):
            assert process.poll() is None, printed.read_text()
            assert time.monotonic() < deadline, printed.read_text()
            time.sleep(0.05)
        else:
            return
