"""A library of 20,000 files: finding some of them, keeping 200 at once, sweeping all."""

import hashlib
import http.client
import json
import os
import secrets
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from ashim_core.events import Events
from ashim_core.library.blobs import FolderBlobs
from ashim_core.library.listing import name_key
from ashim_core.library.service import Library
from ashim_core.library.sweep import sweep
from ashim_core.store.database import Store, open_store
from ashim_core.store.models import File
from tests.benchmarks.ashim_server import ashim_server
from tests.benchmarks.endpoint import Endpoint, form
from tests.benchmarks.lab import Lab
from tests.benchmarks.processes import children, cpu_seconds, rss_bytes
from tests.benchmarks.report import Row, at_most, plain

_FILES = 10_000
"""Of each of two people."""
_REQUESTS = 100
_MORE_REQUESTS = 500
_UPLOADS = 200
_AT_ONCE = 500
_MOST_MS, _MOST_MB = 50, 5
_MEGA = 1_000_000
_PASSWORD = "correct horse battery"
_ENVIRONMENT = {
    "AUTH_ENABLED": "true",
    "DEFAULT_PASSWORD": _PASSWORD,
    "SKIP_MUST_CHANGE_PASSWORD": "true",
    "RATE_LIMIT_PER_MIN": "1000000",
    "LOGIN_ATTEMPT_LIMIT": "1000000",
}


def run(lab: Lab) -> Iterator[Row]:
    folder = lab.fresh("server")
    with ashim_server(folder, **_ENVIRONMENT) as server:
        root = Caller(server, "admin")
        names = ["ann", "bob"]
        for name in names:
            body = {"username": name, "password": _PASSWORD, "role": "user"}
            root.ask("POST", "/api/auth/register", body)
        people = [Caller(server, name) for name in names]
        with closing(open_store("", folder / "data" / "ashim.db")) as store:
            for person in people:
                _fill(store, folder / "data" / "files", person.id)
            yield from _pages(people[0], "a user's own 10,000")
            yield from _pages(root, "everybody's 20,000")
            yield _growth(server, people[0])
            yield from _many_at_once(server, people[0], root, lab)
            yield _sweep(store, folder / "data" / "files")
        for caller in (root, *people):
            caller.close()


class Caller:
    """Somebody who is signed in, on one connection."""

    def __init__(self, server: Endpoint, username: str) -> None:
        self._server = server
        self._line = http.client.HTTPConnection("127.0.0.1", server.port)
        self._headers = {"Content-Type": "application/json"}
        login = {"username": username, "password": _PASSWORD}
        found = self.ask("POST", "/api/auth/login", login)
        self._headers["Authorization"] = f"Bearer {found['token']}"
        self.id: str = found["user"]["id"]

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Send a request that must succeed; give its answer."""
        return self.send(method, path, None if body is None else json.dumps(body).encode(), {})

    def send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Any:
        try:
            self._line.request(method, path, body, {**self._headers, **headers})
            response = self._line.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            # It was idle for too long; the next one opens it again.
            self._line.close()
            self._line.request(method, path, body, {**self._headers, **headers})
            response = self._line.getresponse()
        answer = json.loads(response.read())
        if response.status not in (200, 201):
            raise RuntimeError(f"{path}: expected success, got {response.status}: {answer}")
        return answer

    def times(self, path: str, count: int) -> tuple[list[float], float]:
        """Ask so many times; give the milliseconds of each, and the CPU of one."""
        self.ask("GET", path)
        walls, cpu = [], self._server.cpu()
        for _ in range(count):
            begin = time.perf_counter()
            self.ask("GET", path)
            walls.append(1000 * (time.perf_counter() - begin))
        return walls, 1000 * (self._server.cpu() - cpu) / count

    def close(self) -> None:
        self._line.close()


def _fill(store: Store, folder: Path, owner: str) -> None:
    """Keep small files of somebody: each has a blob of its own, and a name like that of a photo."""
    for start in range(0, _FILES, _AT_ONCE):
        rows = []
        for number in range(start, start + _AT_ONCE):
            data = f"{owner} {number}".encode()
            digest = hashlib.sha256(data).hexdigest()
            place = folder / digest[:2] / digest
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(data)
            rows.append(_row(owner, number, digest, len(data)))
        with store.writing() as db:
            File.insert_many(rows).execute(db)


def _row(owner: str, number: int, digest: str, size: int) -> dict[str, Any]:
    id = secrets.token_hex(16)
    name = f"Holiday {number % 50} at the sea IMG_{number:05}.jpg"
    return {
        "id": id,
        "owner": owner,
        "chain": id,
        "version": 1,
        "newest": True,
        "parent": None,
        "name": name,
        "name_key": name_key(name),
        "media_type": "image/jpeg",
        "size": size,
        "width": 4000,
        "height": 3000,
        "digest": digest,
        "tools": "[]",
        "created": 1_700_000_000 + number / 7,
    }


def _pages(caller: Caller, whose: str) -> Iterator[Row]:
    for what, query in _queries(caller).items():
        walls, cpu = caller.times(f"/api/v1/files?{urlencode(query)}", _REQUESTS)
        slowest = statistics.quantiles(walls, n=100)[98]
        yield at_most(
            "lib",
            f"{whose}: {what}",
            statistics.median(walls),
            _MOST_MS,
            unit="ms",
            gate=False,
            more=f"p99 {slowest:.1f} ms, CPU {cpu:.1f} ms",
        )


def _queries(caller: Caller) -> dict[str, dict[str, object]]:
    """Give what is asked for, each by its name: pages of 50, one after the middle."""
    middle: dict[str, object] = {"limit": 50, "offset": _FILES // 2}
    found: dict[str, dict[str, object]] = {"first page": {"limit": 50}}
    for sort in ("createdAt", "name", "size"):
        cursor = caller.ask("GET", f"/api/v1/files?{urlencode({**middle, 'sort': sort})}")
        after = {"limit": 50, "sort": sort, "cursor": cursor["nextCursor"]}
        found[f"after the middle by {sort}"] = after
    found["search that few match"] = {"limit": 50, "search": "img_01234"}
    found["search that many match"] = {"limit": 50, "search": "SEA"}
    found["search that none matches"] = {"limit": 50, "search": "mountain"}
    return found


def _growth(server: Endpoint, caller: Caller) -> Row:
    (web,) = children(server.pid)
    caller.times("/api/v1/files?limit=50", _REQUESTS)
    before = rss_bytes(web)
    caller.times("/api/v1/files?limit=50&search=sea", _MORE_REQUESTS)
    grown = (rss_bytes(web) - before) / _MEGA
    what = f"growth of the web process over {_MORE_REQUESTS} pages"
    return at_most("lib", what, grown, _MOST_MB, unit="MB")


def _many_at_once(server: Endpoint, caller: Caller, root: Caller, lab: Lab) -> Iterator[Row]:
    """Upload 200 files in one request, while an administrator changes a setting all the time."""
    names = {f"{number}.png": lab.pictures.tiny_png for number in range(_UPLOADS)}
    query = form("/api/v1/upload", names, {})
    waits: list[float] = []
    over = threading.Event()

    def change() -> None:
        while not over.is_set():
            begin = time.perf_counter()
            root.ask("PUT", "/api/v1/settings", {"appName": f"name {len(waits)}"})
            waits.append(1000 * (time.perf_counter() - begin))

    thread = threading.Thread(target=change)
    thread.start()
    begin, cpu = time.perf_counter(), server.cpu()
    caller.send("POST", query.path, query.body, {"Content-Type": query.content_type})
    wall, cpu = time.perf_counter() - begin, server.cpu() - cpu
    over.set()
    thread.join()
    yield plain(f"upload of {_UPLOADS} files in one request", f"{wall:.2f} s, CPU {cpu:.2f} s")
    yield plain(
        "a change of the settings meanwhile",
        f"median {statistics.median(waits):.0f} ms, longest {max(waits):.0f} ms of {len(waits)}",
    )


def _sweep(store: Store, folder: Path) -> Row:
    library = Library(
        store, FolderBlobs(folder), lambda digest: None, quota=0, root_path="", events=Events()
    )
    begin, cpu = time.perf_counter(), cpu_seconds([os.getpid()])
    sweep(store, library)
    wall, cpu = time.perf_counter() - begin, cpu_seconds([os.getpid()]) - cpu
    return plain("sweep of 20,000 files", f"{1000 * wall:.0f} ms, CPU {1000 * cpu:.0f} ms")
