"""Two web processes on one data folder: what one revoked, the other refuses from then on."""

import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.patience import PATIENCE_S, until
from tests.web.http import Answer, Caller
from tests.web.live import live_server

PASSWORD = "correct horse battery"
ENVIRONMENT = {
    "AUTH_ENABLED": "true",
    "DEFAULT_PASSWORD": PASSWORD,
    "SKIP_MUST_CHANGE_PASSWORD": "true",
    "LOGIN_ATTEMPT_LIMIT": "100000",
    "MAX_USERS": "0",
    "CONCURRENT_JOBS": "1",
}
CALLERS = 4
ROUNDS = 3
"""How often the server is killed."""
BEFORE, AFTER = 50, 150
"""Requests that must have been answered before the revocation, and are sent after it."""


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    folder = tmp_path_factory.mktemp("two") / "data"
    with live_server(folder, **ENVIRONMENT) as one, live_server(folder, **ENVIRONMENT) as two:
        yield one.address, two.address


@pytest.fixture
def admin(servers: tuple[str, str]) -> Caller:
    return Caller(servers[0]).signed_in("admin", PASSWORD)


def new_user(admin: Caller, role: str = "user") -> tuple[str, Caller]:
    """Make an account; give its id, and somebody who is signed in with it."""
    name = f"{role}-{random.getrandbits(40):x}"
    body = {"username": name, "password": PASSWORD, "role": role}
    made = admin("POST", "/api/auth/register", body)
    assert made.status == 201, made.body
    return made.body["id"], admin.signed_in(name, PASSWORD)


class Storm:
    """Requests with one token from many threads to both servers, until it is called off."""

    def __init__(self, servers: tuple[str, str], token: str | None, path: str) -> None:
        self._callers = [Caller(servers[number % 2], token) for number in range(CALLERS)]
        self._path = path
        self._over = threading.Event()
        self.answers: list[Answer] = []

    @contextmanager
    def blowing(self) -> Iterator[None]:
        with ThreadPoolExecutor(CALLERS) as pool:
            blows = [pool.submit(self._blow, caller) for caller in self._callers]
            try:
                self.wait_for(lambda: len(self.answers) >= BEFORE)
                yield
            finally:
                self._over.set()
            for blow in blows:
                blow.result()

    def wait_for(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, f"only {len(self.answers)} answers came"
            time.sleep(0.01)

    def _blow(self, caller: Caller) -> None:
        while not self._over.is_set():
            self.answers.append(caller("GET", self._path))


def assert_revoked(
    servers: tuple[str, str],
    token: str | None,
    path: str,
    status: int,
    revoke: Callable[[], Answer],
) -> None:
    """Expect 200 before the revocation, and `status` for all that is asked after it."""
    storm = Storm(servers, token, path)
    with storm.blowing():
        answer = revoke()
        acknowledged = time.monotonic()
        assert answer.status == 200, answer.body
        storm.wait_for(lambda: len(later(storm, acknowledged)) >= AFTER)
    assert {answer.status for answer in later(storm, acknowledged)} == {status}
    assert 200 in {answer.status for answer in storm.answers}


def later(storm: Storm, moment: float) -> list[Answer]:
    return [answer for answer in list(storm.answers) if answer.asked > moment]


def test_a_password_change_ends_the_other_sessions(servers: tuple[str, str], admin: Caller) -> None:
    _, user = new_user(admin)
    name = user("GET", "/api/auth/session").body["user"]["username"]
    other = user.signed_in(name, PASSWORD)
    change = {"currentPassword": PASSWORD, "newPassword": "staple battery horse"}
    assert_revoked(
        servers,
        other.token,
        "/api/v1/tools",
        401,
        lambda: user("POST", "/api/auth/change-password", change),
    )


def test_a_password_change_ends_the_keys(servers: tuple[str, str], admin: Caller) -> None:
    _, user = new_user(admin)
    key = user("POST", "/api/v1/api-keys", {}).body["key"]
    change = {"currentPassword": PASSWORD, "newPassword": "staple battery horse"}
    assert_revoked(
        servers,
        key,
        "/api/v1/tools",
        401,
        lambda: user("POST", "/api/auth/change-password", change),
    )


def test_a_deleted_key_is_dead(servers: tuple[str, str], admin: Caller) -> None:
    _, user = new_user(admin)
    key = user("POST", "/api/v1/api-keys", {}).body
    assert_revoked(
        servers,
        key["key"],
        "/api/v1/tools",
        401,
        lambda: user("DELETE", f"/api/v1/api-keys/{key['id']}"),
    )


def test_a_role_that_was_taken_is_gone(servers: tuple[str, str], admin: Caller) -> None:
    user_id, user = new_user(admin, "admin")
    assert_revoked(
        servers,
        user.token,
        "/api/v1/audit-log",
        403,
        lambda: admin("PUT", f"/api/auth/users/{user_id}", {"role": "user"}),
    )


def test_a_deleted_user_is_nobody(servers: tuple[str, str], admin: Caller) -> None:
    user_id, user = new_user(admin)
    assert_revoked(
        servers,
        user.token,
        "/api/v1/tools",
        401,
        lambda: admin("DELETE", f"/api/auth/users/{user_id}"),
    )


def test_a_password_reset_ends_everything(servers: tuple[str, str], admin: Caller) -> None:
    user_id, user = new_user(admin)
    assert_revoked(
        servers,
        user.token,
        "/api/v1/tools",
        401,
        lambda: admin(
            "POST", f"/api/auth/users/{user_id}/reset-password", {"newPassword": PASSWORD + "!"}
        ),
    )


def test_a_logout_ends_the_session(servers: tuple[str, str], admin: Caller) -> None:
    _, user = new_user(admin)
    assert_revoked(
        servers, user.token, "/api/v1/tools", 401, lambda: user("POST", "/api/auth/logout")
    )


def test_a_tool_that_was_switched_off_is_off_everywhere(
    servers: tuple[str, str], admin: Caller
) -> None:
    there = admin.at(servers[1])
    for value, enabled in ((["resize"], False), ([], True)):
        assert admin("PUT", "/api/v1/settings/disabledTools", {"value": value}).status == 200
        assert there("GET", "/api/v1/tools/resize").body["enabled"] is enabled


def test_two_admins_who_demote_each_other_leave_one(
    servers: tuple[str, str], admin: Caller
) -> None:
    """One hundred races, each on both servers at the same moment."""
    ids, people = zip(*(new_user(admin, "admin") for _ in range(2)), strict=True)
    here, there = people[0], people[1].at(servers[1])
    root = admin("GET", "/api/auth/session").body["user"]["id"]
    assert here("PUT", f"/api/auth/users/{root}", {"role": "user"}).status == 200
    racers = ((here, ids[1]), (there, ids[0]))
    start = threading.Barrier(2)

    def demote(racer: tuple[Caller, str]) -> int:
        caller, victim = racer
        start.wait()
        return caller("PUT", f"/api/auth/users/{victim}", {"role": "user"}).status

    with ThreadPoolExecutor(2) as pool:
        for _ in range(100):
            statuses = list(pool.map(demote, racers))
            assert sorted(statuses) in ([200, 400], [200, 403])
            winner, loser = racers[statuses.index(200)]
            assert winner("PUT", f"/api/auth/users/{loser}", {"role": "admin"}).status == 200
    users = here("GET", "/api/auth/users").body["users"]
    assert sum(user["role"] == "admin" for user in users) >= 2
    assert here("PUT", f"/api/auth/users/{root}", {"role": "admin"}).status == 200


def test_several_processes_of_one_server_share_everything(tmp_path: Path) -> None:
    with live_server(tmp_path / "data", **ENVIRONMENT, ASHIM_WEB_PROCESSES="3") as server:
        caller = Caller(server.address).signed_in("admin", PASSWORD)
        assert len(server.web_processes()) == 3
        assert {caller("GET", "/api/v1/tools").status for _ in range(30)} == {200}
        assert caller("POST", "/api/auth/logout").status == 200
        assert {caller("GET", "/api/v1/tools").status for _ in range(30)} == {401}


def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    """The server is killed in the middle of writing users and keys, again and again."""
    data = tmp_path / "data"
    users: set[str] = set()
    keys: set[str] = set()
    for _ in range(ROUNDS):
        kill_while_writing(data, users, keys)
    with live_server(data, **ENVIRONMENT) as server:
        admin = Caller(server.address).signed_in("admin", PASSWORD)
        there = {user["id"] for user in admin("GET", "/api/auth/users").body["users"]}
        assert users <= there
        for key in keys:
            assert Caller(server.address, key)("GET", "/api/v1/tools").status == 200


def kill_while_writing(data: Path, users: set[str], keys: set[str]) -> None:
    """Kill a server that is writing, once some more users were acknowledged."""
    enough = len(users) + random.randrange(2, 20)
    with killed_server(data) as address:
        threads = [
            threading.Thread(target=write, args=(address, kind, kept))
            for kind, kept in ((make_user, users), (make_key, keys))
        ]
        for thread in threads:
            thread.start()
        until(lambda: keys and len(users) >= enough, "more users")
    for thread in threads:
        thread.join()


@contextmanager
def killed_server(data: Path) -> Iterator[str]:
    """Run a server that is killed at the end, with everything that it started."""
    with suppress(subprocess.TimeoutExpired), live_server(data, **ENVIRONMENT) as server:
        yield server.address
        for pid in (*server.web_processes(), server.process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def write(address: str, make: Callable[[Caller], str], kept: set[str]) -> None:
    """Make one after the other until the server is gone; note what it acknowledged."""
    with suppress(OSError, ValueError, AssertionError):
        caller = Caller(address).signed_in("admin", PASSWORD)
        while True:
            kept.add(make(caller))


def make_user(caller: Caller) -> str:
    name = f"u{random.getrandbits(60):x}"
    made = caller("POST", "/api/auth/register", {"username": name, "password": PASSWORD})
    assert made.status == 201, made.body
    return str(made.body["id"])


def make_key(caller: Caller) -> str:
    made: Any = caller("POST", "/api/v1/api-keys", {})
    assert made.status == 201, made.body
    return str(made.body["key"])
