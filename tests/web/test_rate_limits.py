"""How often somebody may ask, and try to sign in: whom it is counted for, and where."""

import io
import logging
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from limits.storage import MemoryStorage

from ashim_core.config import Config
from ashim_core.errors import RateLimited
from ashim_core.policy import nobody
from ashim_core.testing import MakeClient, ToolClient, sample
from ashim_core.web.rate_limits import RateLimits
from tests.data import plain
from tests.patience import PATIENCE_S
from tests.web.live import free_port
from tests.web.people import (
    OTHER_PASSWORD,
    PASSWORD,
    Clock,
    ask,
    bearer,
    login,
    open_server,
    refusal,
    root,
)

HEALTH = "/api/v1/health"
HEADERS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def standing(answer: Any) -> tuple[int, int, int]:
    """Give the limit, what is left of it, and the seconds until it starts anew."""
    limit, remaining, reset = (int(answer.headers[name]) for name in HEADERS)
    return limit, remaining, reset


def statuses(client: ToolClient, times: int, **options: Any) -> list[int]:
    """Ask several times; give the statuses of the answers."""
    return [ask(client, "GET", HEALTH, **options).status_code for _ in range(times)]


def accepted(limits: RateLimits, address: str, times: int) -> int:
    """Count requests from an address; give how many were accepted."""
    return sum(_accepts(limits, address) for _ in range(times))


def _accepts(limits: RateLimits, address: str) -> bool:
    try:
        limits.count_request(nobody(address))
    except RateLimited:
        return False
    return True


def test_one_request_too_many_is_refused_until_the_minute_is_over(
    ashim: MakeClient, clock: Clock
) -> None:
    client = ashim(plain, rate_limit_per_min=3)
    assert [standing(ask(client, "GET", HEALTH)) for _ in range(3)] == [
        (3, 2, 60),
        (3, 1, 60),
        (3, 0, 60),
    ]
    clock.wait(seconds=20)
    answer = ask(client, "GET", HEALTH)
    assert refusal(answer) == (429, "RATE_LIMITED")
    assert standing(answer) == (3, 0, 40)
    assert answer.headers["Retry-After"] == "40"
    assert "3 a minute" in answer.json["message"]
    assert "40 seconds" in answer.json["message"]
    clock.wait(seconds=40)
    assert standing(ask(client, "GET", HEALTH)) == (3, 2, 60)


def test_a_hundred_requests_a_minute_by_default() -> None:
    assert Config().rate_limit_per_min == 100
    assert Config().login_attempt_limit == 10


def test_every_answer_of_the_api_says_what_is_left(ashim: MakeClient) -> None:
    client = open_server(ashim, rate_limit_per_min=50)
    admin = root(client)
    answers = [
        ask(client, "GET", HEALTH),
        ask(client, "GET", "/api/docs"),
        ask(client, "GET", "/api/v1/teams"),
        ask(client, "GET", "/api/v1/nothing"),
        ask(client, "PUT", HEALTH),
        ask(client, "POST", "/api/auth/login", {"username": 1}),
        ask(client, "OPTIONS", HEALTH),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 401, 404, 405, 400, 200]
    # The first one counted from this address was the login of the administrator.
    assert [standing(answer)[:2] for answer in answers] == [(50, 48 - i) for i in range(7)]
    assert standing(admin("GET", "/api/v1/teams"))[:2] == (50, 49)
    for answer in answers:
        answer.close()


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_are_not_counted(ashim: MakeClient, path: str) -> None:
    client = ashim(plain, rate_limit_per_min=1)
    answers = [ask(client, "GET", path) for _ in range(3)]
    assert 429 not in [answer.status_code for answer in answers]
    assert not [name for answer in answers for name in HEADERS if name in answer.headers]
    assert statuses(client, 2) == [200, 429]
    assert ask(client, "GET", path).status_code == answers[0].status_code


def test_zero_means_no_limit(ashim: MakeClient) -> None:
    client = ashim(plain, rate_limit_per_min=0)
    assert set(statuses(client, 150)) == {200}
    assert not [name for name in HEADERS if name in ask(client, "GET", HEALTH).headers]


def test_addresses_are_counted_apart(ashim: MakeClient) -> None:
    client = ashim(plain, rate_limit_per_min=2)
    assert statuses(client, 3, address="192.0.2.1") == [200, 200, 429]
    assert statuses(client, 3, address="192.0.2.2") == [200, 200, 429]


def test_accounts_are_counted_wherever_they_are(ashim: MakeClient) -> None:
    client = open_server(ashim, rate_limit_per_min=6)
    admin = root(client)
    anna, bert = admin.register(), admin.register()
    key = bearer(anna.key()["key"])
    addresses = [f"192.0.2.{i}" for i in range(6)]
    found = [anna("GET", HEALTH, address=address).status_code for address in addresses]
    assert found == [200] * 5 + [429]
    assert refusal(ask(client, "GET", HEALTH, headers=key)) == (429, "RATE_LIMITED")
    assert bert("GET", HEALTH, address=addresses[0]).status_code == 200


def test_a_token_that_is_wrong_is_counted_for_its_address(ashim: MakeClient) -> None:
    client = open_server(ashim, rate_limit_per_min=3)
    found = [
        ask(client, "GET", "/api/v1/teams", headers=bearer(f"wrong-{i}")).status_code
        for i in range(4)
    ]
    assert found == [401, 401, 401, 429]


@pytest.mark.parametrize(
    ("addresses", "passing"),
    [
        (["2001:db8::1", "2001:db8::2", "2001:db8:0:0:ffff:ffff:ffff:ffff"], 2),
        (["2001:db8::1", "2001:db8:0:1::1", "2001:db8:0:2::1"], 3),
        (["192.0.2.1", "::ffff:192.0.2.1", "::ffff:c000:201"], 2),
        (["::ffff:192.0.2.1", "::ffff:192.0.2.2", "::ffff:192.0.2.3"], 3),
        (["192.0.2.1", "192.0.2.2", "192.0.2.3"], 3),
    ],
    ids=["one network", "three networks", "one mapped", "three mapped", "IPv4"],
)
def test_ipv6_is_counted_by_network(ashim: MakeClient, addresses: list[str], passing: int) -> None:
    client = ashim(plain, rate_limit_per_min=2)
    found = [statuses(client, 1, address=address) for address in addresses]
    assert found.count([200]) == passing
    assert found.count([429]) == 3 - passing


def test_the_eleventh_login_from_an_address_is_refused(ashim: MakeClient, clock: Clock) -> None:
    client = open_server(ashim, login_attempt_limit=10)
    tries = [login(client, f"user-{i}", "wrong", address="192.0.2.1") for i in range(10)]
    assert [refusal(answer) for answer in tries] == [(401, "INVALID_CREDENTIALS")] * 10
    clock.wait(seconds=15)
    answer = login(client, "admin", "admin", address="192.0.2.1")
    assert refusal(answer) == (429, "RATE_LIMITED")
    assert answer.headers["Retry-After"] == "45"
    assert "token" not in answer.json
    assert refusal(login(client, "user-0", "wrong", address="192.0.2.2"))[0] == 401
    clock.wait(seconds=46)
    assert login(client, "user-0", "wrong", address="192.0.2.1").status_code == 401


@pytest.mark.parametrize("spelt", [str, str.upper], ids=["as it is", "in capitals"])
def test_the_eleventh_login_to_an_account_is_refused(ashim: MakeClient, spelt: Any) -> None:
    client = open_server(ashim, login_attempt_limit=10)
    anna = root(client).register(name="anna").username
    addresses = [f"192.0.2.{i}" for i in range(9)]
    tries = [login(client, spelt(anna), "wrong", address=address) for address in addresses]
    assert [answer.status_code for answer in tries] == [401] * 9
    answer = login(client, anna, PASSWORD, address="192.0.2.11")
    assert refusal(answer) == (429, "RATE_LIMITED")
    assert login(client, "user-1", "wrong", address="192.0.2.11").status_code == 401


def test_whether_the_account_exists_makes_no_difference(ashim: MakeClient) -> None:
    client = open_server(ashim, login_attempt_limit=2)
    for name in ("admin", "nobody"):
        tries = [login(client, name, "wrong", address=f"192.0.2.{i}") for i in range(3)]
        assert [answer.status_code for answer in tries] == [401, 401, 429]


def test_an_account_can_be_guessed_at_a_hundred_times_an_hour(
    ashim: MakeClient, clock: Clock
) -> None:
    client = open_server(ashim, login_attempt_limit=10)
    for minute in range(10):
        tries = [login(client, "anna", "wrong", address=f"192.0.{minute}.{i}") for i in range(10)]
        assert [answer.status_code for answer in tries] == [401] * 10
        clock.wait(seconds=61)
    answer = login(client, "anna", "wrong", address="192.0.2.250")
    assert refusal(answer) == (429, "RATE_LIMITED")
    assert 60 < int(answer.headers["Retry-After"]) <= 3600
    clock.wait(minutes=60)
    assert login(client, "anna", "wrong", address="192.0.2.251").status_code == 401


def test_changing_the_password_counts_as_signing_in(ashim: MakeClient) -> None:
    client = open_server(ashim, login_attempt_limit=4)
    anna = root(client).register()
    path = "/api/auth/change-password"
    wrong = {"currentPassword": "wrong", "newPassword": OTHER_PASSWORD}
    found = [refusal(anna("POST", path, wrong, address=f"192.0.2.{i}")) for i in range(4)]
    assert found == [(401, "INVALID_PASSWORD")] * 3 + [(429, "RATE_LIMITED")]
    right = {"currentPassword": PASSWORD, "newPassword": OTHER_PASSWORD}
    assert refusal(anna("POST", path, right, address="192.0.2.9")) == (429, "RATE_LIMITED")
    assert refusal(login(client, anna.username, PASSWORD, address="192.0.2.10"))[0] == 429


def test_what_a_stranger_says_about_the_address_changes_nothing(ashim: MakeClient) -> None:
    client = ashim(plain, rate_limit_per_min=2)
    found = [
        statuses(client, 1, headers={name: f"192.0.2.{i}"})
        for i, name in enumerate(("X-Forwarded-For", "X-Real-IP", "X-Forwarded-For"))
    ]
    assert found == [[200], [200], [429]]


def test_a_forged_address_gives_no_further_logins(ashim: MakeClient) -> None:
    client = open_server(ashim, login_attempt_limit=2)
    found = [
        login(client, f"user-{i}", "wrong", headers={"X-Forwarded-For": f"192.0.2.{i}"})
        for i in range(3)
    ]
    assert [answer.status_code for answer in found] == [401, 401, 429]


def test_what_a_trusted_proxy_says_about_the_address_counts(ashim: MakeClient) -> None:
    client = open_server(ashim, login_attempt_limit=2, trust_proxy="127.0.0.1")

    def tried(name: str, said: str) -> int:
        answer = login(client, name, "wrong", headers={"X-Forwarded-For": said})
        return int(answer.status_code)

    assert [tried(f"user-{i}", "192.0.2.1") for i in range(3)] == [401, 401, 429]
    assert tried("user-3", "192.0.2.2") == 401
    assert tried("user-4", "192.0.2.9, 192.0.2.1") == 429


def test_requests_at_the_same_moment_are_counted_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library starts a timer as it counts; two threads that did so started the same one."""
    inside: set[int] = set()
    together: list[int] = []
    count = MemoryStorage.incr

    def watched(self: MemoryStorage, *item: Any, **more: Any) -> int:
        inside.add(threading.get_ident())
        time.sleep(0.002)  # for other threads to come in
        together.append(len(inside))
        inside.discard(threading.get_ident())
        return count(self, *item, **more)

    monkeypatch.setattr(MemoryStorage, "incr", watched)
    limits = RateLimits(Config(rate_limit_per_min=1000))
    who = nobody("203.0.113.9")
    with ThreadPoolExecutor(8) as pool:
        standings = list(pool.map(lambda _: limits.count_request(who), range(80)))
    assert set(together) == {1}
    left = sorted(standing.remaining for standing in standings if standing)
    assert left == list(range(1000 - 80, 1000))


def test_the_memory_of_idle_addresses_is_freed(clock: Clock) -> None:
    limits = RateLimits(Config(rate_limit_per_min=10))
    for i in range(200):
        limits.count_login(10, f"192.0.2.{i}", f"user-{i}")
    limits.forget_idle()
    assert len(limits._storage.events) == 600
    clock.wait(hours=2)
    deadline = time.monotonic() + PATIENCE_S
    # The storage looks for what has expired beside the next attempts.
    while len(limits._storage.events) > 3 and time.monotonic() < deadline:
        limits.count_login(10_000, "192.0.2.250", "somebody")
        limits.forget_idle()
        time.sleep(0.01)
    assert len(limits._storage.events) == 3


def test_what_is_not_idle_is_not_forgotten(clock: Clock) -> None:
    limits = RateLimits(Config())
    limits.count_login(1, "192.0.2.1", "anna")
    limits.forget_idle()
    clock.wait(seconds=30)
    limits.forget_idle()
    with pytest.raises(RateLimited):
        limits.count_login(1, "192.0.2.1", "bert")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("redis://127.0.0.1:1", "127.0.0.1:1"),
        ("redis://:secret@127.0.0.1:1/3", "127.0.0.1:1"),
        ("redis://nowhere.invalid:6379", "nowhere.invalid"),
    ],
)
def test_the_log_says_why_redis_is_not_reached(
    ashim: MakeClient, caplog: pytest.LogCaptureFixture, url: str, reason: str
) -> None:
    client = ashim(plain, rate_limit_url=url, rate_limit_per_min=10)
    response: Any = client.http.get("/api/v1/health")
    assert (response.status_code, response.json["code"]) == (503, "SERVER_BUSY")
    assert reason not in response.text
    assert reason in caplog.text
    assert "secret" not in caplog.text


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Redis server that keeps nothing on disk."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("needs redis-server: apt-get install redis-server")
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    folder = tmp_path_factory.mktemp("redis")
    process = subprocess.Popen(
        [*command, "--appendonly", "no", "--dir", str(folder)], stdout=subprocess.DEVNULL
    )
    try:
        _wait_for(port)
        yield f"redis://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                if connection.recv(7) == b"+PONG\r\n":
                    return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(f"expected redis-server to answer within {PATIENCE_S} seconds")


def test_counters_in_redis_are_shared(redis: str) -> None:
    given: dict[str, Any] = {"rate_limit_per_min": 5, "rate_limit_url": redis}
    one, other = (RateLimits(Config(**given)) for _ in "ab")
    assert accepted(one, "192.0.2.1", 3) == 3
    assert accepted(other, "192.0.2.1", 3) == 2
    assert accepted(one, "192.0.2.2", 1) == 1
    for limits in (one, other):
        limits.count_login(2, "192.0.2.1", "anna")
    for limits in (one, other):
        with pytest.raises(RateLimited) as caught:
            limits.count_login(2, "192.0.2.3", "anna")
        assert 0 < int(caught.value.headers["Retry-After"]) <= 60


def test_counters_in_memory_are_not_shared() -> None:
    one, other = (RateLimits(Config(rate_limit_per_min=5)) for _ in "ab")
    assert accepted(one, "192.0.2.1", 6) == 5
    assert accepted(other, "192.0.2.1", 6) == 5


def test_two_servers_count_together(ashim: MakeClient, redis: str) -> None:
    one = open_server(ashim, rate_limit_per_min=4, rate_limit_url=redis, login_attempt_limit=3)
    other = open_server(ashim, rate_limit_per_min=4, rate_limit_url=redis, login_attempt_limit=3)
    address = "198.51.100.1"
    assert statuses(one, 2, address=address) == [200, 200]
    assert statuses(other, 3, address=address) == [200, 200, 429]
    tries = [
        login(client, "bert", "wrong", address=f"198.51.100.{i}").status_code
        for i, client in enumerate((one, other, one, other), 10)
    ]
    assert tries == [401, 401, 401, 429]


def test_what_redis_counts_is_told_as_well(ashim: MakeClient, redis: str) -> None:
    client = ashim(plain, rate_limit_per_min=2, rate_limit_url=redis)
    address = "198.51.100.77"
    assert standing(ask(client, "GET", HEALTH, address=address))[:2] == (2, 1)
    statuses(client, 1, address=address)
    answer = ask(client, "GET", HEALTH, address=address)
    assert refusal(answer) == (429, "RATE_LIMITED")
    assert standing(answer)[:2] == (2, 0)
    assert 0 < int(answer.headers["Retry-After"]) <= 60


def test_without_its_counters_the_server_lets_nobody_in(
    ashim: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    nowhere = f"redis://127.0.0.1:{free_port()}"
    client = open_server(ashim, rate_limit_per_min=100, rate_limit_url=nowhere)
    with caplog.at_level(logging.WARNING):
        answers = [login(client, "admin", "admin"), ask(client, "GET", HEALTH)]
    for answer in answers:
        assert refusal(answer) == (503, "SERVER_BUSY")
        assert "token" not in answer.json
        assert int(answer.headers["Retry-After"]) > 0
        assert "127.0.0.1" not in answer.text
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []
    assert ask(client, "GET", "/healthz").status_code == 200


def test_without_its_counters_the_server_accepts_no_password(ashim: MakeClient) -> None:
    nowhere = f"redis://127.0.0.1:{free_port()}"
    client = open_server(ashim, rate_limit_per_min=0, rate_limit_url=nowhere)
    answer = login(client, "admin", "admin")
    assert refusal(answer) == (503, "SERVER_BUSY")
    assert "token" not in answer.json


def test_a_page_that_shows_many_pictures_and_follows_a_job_is_not_limited(
    ashim: MakeClient, clock: Clock
) -> None:
    """60 thumbnails and a look at the job each half second; what else it asks is counted alone."""
    client = ashim(plain, rate_limit_per_min=100)
    kept, job = _picture_and_job(client)
    for number in range(120):
        assert ask(client, "GET", f"/api/v1/jobs/{job}").status_code == 200
        if number < 60:
            with ask(client, "GET", f"/api/v1/files/{kept}/thumbnail") as thumbnail:
                assert thumbnail.status_code == 200
    answer = ask(client, "GET", "/api/v1/files")
    assert standing(answer)[:2] == (100, 97), "expected two uploads and this one to be counted"
    assert standing(ask(client, "GET", f"/api/v1/jobs/{job}"))[:2] == (600, 600 - 181)


def test_people_who_are_signed_in_have_both_limits_each_to_themselves(ashim: MakeClient) -> None:
    client = open_server(ashim, rate_limit_per_min=100, ASHIM_RATE_LIMIT_PICTURES_PER_MIN=200)
    user = root(client)
    unknown = f"/api/v1/files/{'0' * 32}/thumbnail"
    first = [user("GET", unknown).status_code for _ in range(201)]
    assert (first.count(404), first[-1]) == (200, 429)
    assert user("GET", "/api/v1/files").status_code == 200


def test_whoever_is_not_known_guesses_a_hundred_times(ashim: MakeClient) -> None:
    client = open_server(ashim, rate_limit_per_min=100)
    paths = (f"/api/v1/files/{'0' * 32}/thumbnail", f"/api/v1/jobs/{'0' * 32}/progress")
    link = f"/api/v1/download/{'0' * 32}/a.png?signature=guessed"
    asked = [ask(client, "GET", path).status_code for path in (*paths, link) * 34]
    assert 429 not in asked[:100]
    assert asked[100:] == [429, 429]


def test_pictures_behind_signed_links_count_as_such(ashim: MakeClient) -> None:
    client = ashim(plain, rate_limit_per_min=100)
    form = {"file": (io.BytesIO(sample("rgb")), "a.png")}
    made = client.http.post(
        "/api/v1/tools/same", data=form, headers={"Accept": "application/json"}
    ).get_json()
    for _ in range(150):
        with client.http.get(made["downloadUrl"]) as answer:
            assert answer.status_code == 200


def _picture_and_job(client: ToolClient) -> tuple[str, str]:
    """Keep a picture, and start a job in the background; give their ids."""
    forms = [{"file": (io.BytesIO(sample("rgb")), "a.png")} for _ in range(2)]
    kept = client.http.post("/api/v1/files/upload", data=forms[0]).get_json()["files"][0]["id"]
    prefer = {"Prefer": "respond-async"}
    job = client.http.post("/api/v1/tools/same", data=forms[1], headers=prefer)
    return kept, job.get_json()["jobId"]
