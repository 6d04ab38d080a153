"""Changing one's own password."""

from typing import Any

import pytest

from ashim_core.testing import ToolClient
from tests.web.people import (
    OTHER_PASSWORD,
    PASSWORD,
    Person,
    ask,
    bearer,
    before_the_next_write,
    login,
    refusal,
    sign_in,
    wrong_fields,
)

SESSION = "/api/auth/session"
CHANGE = "/api/auth/change-password"


def test_a_new_password_ends_all_other_sessions_and_all_own_keys(
    server: ToolClient, admin: Person, user: Person
) -> None:
    other = sign_in(server, "Ada")
    keys = [user.key()["key"], other.key(permissions=["tools:use"])["key"]]
    stranger = admin.key()["key"]
    answer = user.change_password(OTHER_PASSWORD)
    assert (answer.status_code, answer.json) == (200, {"ok": True})
    assert user("GET", SESSION).status_code == 200
    assert refusal(other("GET", SESSION)) == (401, "AUTH_REQUIRED")
    for key in keys:
        assert refusal(ask(server, "GET", "/api/v1/tools", headers=bearer(key)))[0] == 401
    assert ask(server, "GET", "/api/v1/tools", headers=bearer(stranger)).status_code == 200
    assert admin("GET", SESSION).status_code == 200
    assert user("GET", "/api/v1/api-keys").json == {"apiKeys": []}
    assert refusal(login(server, "Ada", PASSWORD)) == (401, "INVALID_CREDENTIALS")
    assert login(server, "Ada", OTHER_PASSWORD).status_code == 200


def test_the_current_password_has_to_be_right(server: ToolClient, user: Person) -> None:
    other = sign_in(server, "Ada")
    answer = user.change_password(OTHER_PASSWORD, current="not her password")
    assert refusal(answer) == (401, "INVALID_PASSWORD")
    assert answer.json["details"] == [
        {
            "field": "currentPassword",
            "expected": "your current password",
            "received": "another one",
        }
    ]
    assert other("GET", SESSION).status_code == 200
    assert login(server, "Ada", PASSWORD).status_code == 200


@pytest.mark.parametrize(
    "password",
    [
        *("", "short", "seven77", "x" * 257, "with a\0zero", "with\x1bescape", "two\nlines here"),
        *("password", "12345678", "qwertyuiop", "aaaaaaaaaaaa", "Password1", "ashimashim"),
        *(None, 1234567890, ["correct horse battery"], {"a": 1}),
        *("MarieCurie", "mariecurie", "eiruceiram"),
    ],
)
def test_a_new_password_that_is_too_easy_short_or_long_is_refused(
    server: ToolClient, admin: Person, password: Any
) -> None:
    marie = admin.register(name="MarieCurie")
    assert wrong_fields(marie.change_password(password)) == ["newPassword"]
    assert login(server, "MarieCurie", PASSWORD).status_code == 200


@pytest.mark.parametrize(
    "password",
    [
        "kx7wq2mp",
        "verschlüsselter Bär",
        "密码很长很安全的一句话",
        "x9!" * 85,
        "gr een apples tw ice",
    ],
)
def test_no_kinds_of_characters_are_asked_for(
    server: ToolClient, user: Person, password: str
) -> None:
    assert user.change_password(password).status_code == 200
    assert login(server, "Ada", password).status_code == 200
    assert refusal(login(server, "Ada", password[:-1])) == (401, "INVALID_CREDENTIALS")


def test_eight_characters_are_counted_as_they_are_kept(user: Person) -> None:
    """Four letters with four accents that are one character each as soon as they are joined."""
    assert wrong_fields(user.change_password("k\u0301z\u030co\u0302w\u0302")) == ["newPassword"]


def test_a_password_is_the_same_on_every_keyboard(server: ToolClient, user: Person) -> None:
    joined, apart = "gr\u00fcne \u00c4pfel im Korb", "gru\u0308ne A\u0308pfel im Korb"
    assert user.change_password(apart).status_code == 200
    assert login(server, "Ada", joined).status_code == 200
    assert login(server, "Ada", apart).status_code == 200


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["currentPassword", "newPassword"]),
        ({"newPassword": OTHER_PASSWORD}, ["currentPassword"]),
        ({"currentPassword": PASSWORD}, ["newPassword"]),
        (
            {"currentPassword": PASSWORD, "newPassword": OTHER_PASSWORD, "userId": "x"},
            ["userId"],
        ),
        ({"currentPassword": "x" * 257, "newPassword": OTHER_PASSWORD}, ["currentPassword"]),
    ],
)
def test_a_change_of_another_shape_names_the_field(
    user: Person, body: Any, fields: list[str]
) -> None:
    assert wrong_fields(user("POST", CHANGE, body)) == fields


def test_a_reset_during_a_change_wins(
    server: ToolClient, admin: Person, user: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reset falls between the check of the current password and the change."""

    with before_the_next_write(server, monkeypatch, lambda: admin.reset_password(user)):
        answer = user.change_password("a password of the loser")
    assert refusal(answer) == (401, "INVALID_PASSWORD")
    assert refusal(login(server, "Ada", "a password of the loser"))[0] == 401
    assert login(server, "Ada", OTHER_PASSWORD).status_code == 200
