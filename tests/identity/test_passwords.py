"""How passwords are kept: the work of a hash, how many at a time, and which are too easy."""

import importlib.util
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from types import ModuleType
from typing import Any

import pytest
from argon2 import Type, extract_parameters
from argon2.exceptions import VerificationError

from ashim_core.errors import ValidationFailed
from ashim_core.identity import passwords
from ashim_core.identity.passwords import hash_password, refuse_easy, verify_password
from ashim_core.store.models import User
from ashim_core.testing import ToolClient
from tests.web.people import OTHER_PASSWORD, PASSWORD, Person, login, refusal

ESTIMATE_S = 0.2
"""CPU that the estimate of any password may take in the web process."""


@pytest.fixture
def as_shipped() -> ModuleType:
    """Give a copy of the module in which hashing takes the work that it really takes."""
    spec = importlib.util.spec_from_file_location("passwords_as_shipped", passwords.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_hash_takes_memory_and_time(as_shipped: ModuleType) -> None:
    made = extract_parameters(as_shipped.hash_password(PASSWORD))
    assert made.type is Type.ID
    assert made.memory_cost >= 19456
    assert made.time_cost >= 2
    assert made.parallelism == 1
    assert (made.salt_len, made.hash_len) >= (16, 32)


def test_an_unknown_name_takes_as_much_work_as_a_wrong_password(as_shipped: ModuleType) -> None:
    dummy = extract_parameters(as_shipped._DUMMY)
    assert dummy == extract_parameters(as_shipped.hash_password(PASSWORD))


class Counting:
    """Counts what is verified, and finds everything wrong."""

    def __init__(self) -> None:
        self.hashes: list[str] = []

    def verify(self, password_hash: str, password: str) -> bool:
        self.hashes.append(password_hash)
        raise VerificationError


@pytest.mark.parametrize("name", ["Ada", "nobody", "(everybody)", "local"])
def test_every_login_verifies_one_hash(
    server: ToolClient, user: Person, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    counting = Counting()
    monkeypatch.setattr(passwords, "_HASHER", counting)
    assert refusal(login(server, name, PASSWORD)) == (401, "INVALID_CREDENTIALS")
    (verified,) = counting.hashes
    assert (verified == passwords._DUMMY) == (name != "Ada")


def test_the_password_is_verified_and_no_other() -> None:
    made = hash_password(PASSWORD)
    assert verify_password(made, PASSWORD)
    assert not verify_password(made, OTHER_PASSWORD)
    assert not verify_password(None, "nobody has this password")
    assert not verify_password("not a hash", PASSWORD)
    assert hash_password(PASSWORD) != made, "expected a salt"


def test_every_character_of_a_long_password_counts() -> None:
    made = hash_password("x" * 255 + "a")
    assert verify_password(made, "x" * 255 + "a")
    assert not verify_password(made, "x" * 255 + "b")


def test_equal_passwords_are_kept_as_different_hashes(server: ToolClient, admin: Person) -> None:
    for _ in range(3):
        admin.register()
    with server.core.store.reading() as db:
        hashes = [row.password_hash for row in User.select().where(~User.builtin).execute(db)]
    assert len(set(hashes)) == 4
    assert all(text.startswith("$argon2id$") for text in hashes)


class Slow:
    """Notes how many hash at a time; none is done before `enough` were begun or nobody can."""

    def __init__(self, enough: int) -> None:
        self._condition = threading.Condition()
        self._enough = enough
        self._begun = self._present = 0
        self.most = 0

    def hash(self, password: str) -> str:
        with self._condition:
            self._begun += 1
            self._present += 1
            self.most = max(self.most, self._present)
            self._condition.notify_all()
            assert self._condition.wait_for(lambda: self._begun >= self._enough, 30)
            self._present -= 1
        return "hash"


def test_four_hash_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow(enough=4)
    monkeypatch.setattr(passwords, "_HASHER", slow)
    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(hash_password, ["x"] * 16)) == {"hash"}
    assert slow.most == 4


@pytest.fixture
def all_turns_taken(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(passwords, "_WAIT_S", 0)
    with ExitStack() as turns:
        for _ in range(4):
            turns.enter_context(passwords._turn())
        yield


def test_whoever_waits_too_long_is_told_to_come_again(
    server: ToolClient, admin: Person, user: Person, all_turns_taken: None
) -> None:
    new = {"username": "grace", "password": PASSWORD}
    for answer in (
        login(server, "Ada", PASSWORD),
        login(server, "nobody", PASSWORD),
        user.change_password(OTHER_PASSWORD),
        admin.reset_password(user),
        admin("POST", "/api/auth/register", new),
    ):
        assert refusal(answer) == (503, "SERVER_BUSY")
        assert answer.headers["Retry-After"] == "2"
    assert user("GET", "/api/auth/session").status_code == 200


def test_turns_are_given_back(server: ToolClient, user: Person) -> None:
    """Also by those that had the wrong password."""
    for _ in range(10):
        assert refusal(login(server, "Ada", "wrong-password"))[0] == 401
        assert refusal(login(server, "nobody", "wrong-password"))[0] == 401
    with ExitStack() as turns:
        for _ in range(4):
            turns.enter_context(passwords._turn())


EASY = [
    *("password", "Password", "PASSWORD1", "p@ssw0rd", "letmein1", "iloveyou", "12345678"),
    *("qwertyuiop", "asdfghjkl", "aaaaaaaa", "abcdefgh", "87654321", "dragon123", "11111111"),
    *("grace.hopper", "Grace.Hopper", "ashimashim", "admin123"),
]


@pytest.mark.parametrize("password", EASY)
def test_what_anybody_would_try_is_refused(password: str) -> None:
    with pytest.raises(ValidationFailed) as caught:
        refuse_easy(password, "grace.hopper", "newPassword")
    (detail,) = caught.value.details
    assert detail["field"] == "newPassword"
    assert detail["received"] == "a common password"


@pytest.mark.parametrize(
    "password", [PASSWORD, "kx7wq2mp", "tr0ub4dor&3x", "密码很长很安全的一句话", "x" * 40 + "4kq!w"]
)
def test_what_nobody_guesses_is_accepted(password: str) -> None:
    refuse_easy(password, "grace.hopper", "newPassword")


def test_a_refused_password_is_not_repeated_in_the_answer(admin: Person, user: Person) -> None:
    """An answer may end up in a log or on a screen; the mistake may be a single character."""
    bad: tuple[Any, ...] = ("Sec7et", "Sec7et" + "x" * 260, "Sec7et is here\0", ["Sec7et"])
    for password in bad:
        new = {"username": "grace", "password": password}
        for answer in (
            login(admin.client, "Ada", password),
            user.change_password(password),
            user.change_password(OTHER_PASSWORD, current=password),
            admin.reset_password(user, password),
            admin("POST", "/api/auth/register", new),
        ):
            assert answer.status_code in (400, 401)
            assert "Sec7et" not in answer.text


LEET = "4@8({[<369&#!1/|0$5+7%2"
"""Signs that stand for letters, and each for several."""


@pytest.mark.parametrize(
    "text",
    [
        (LEET * 4)[:72],
        LEET[::-1] * 4,
        "".join(sign * 3 for sign in LEET),
        "p455w0rd" * 32,
        "1" * 256,
        "aA1!" * 64,
        "2020-01-01" * 25,
        "\u0130\u0307" * 128,
    ],
)
def test_no_password_costs_much_to_estimate(text: str) -> None:
    with suppress(ValidationFailed):
        refuse_easy("warm", "Ada", "password")  # the lists are read once
    begin = time.thread_time()
    with suppress(ValidationFailed):
        refuse_easy(text, "Ada", "password")
    assert time.thread_time() - begin < ESTIMATE_S


@pytest.mark.parametrize(
    "text",
    ["password" * 9, "1234567890" * 4, "qwertyuiop" * 5, "Ada" * 5, "a" * 200, "abc123" * 12],
)
def test_an_easy_password_stays_easy_however_often_it_is_repeated(text: str) -> None:
    with pytest.raises(ValidationFailed):
        refuse_easy(text, "Ada", "password")


@pytest.mark.parametrize(
    "text", ["password" * 4 + "Tr0mbone-lamp-9471", "1111111111111111-xkqz-8261"]
)
def test_one_hard_piece_makes_a_password_hard(text: str) -> None:
    refuse_easy(text, "Ada", "password")
