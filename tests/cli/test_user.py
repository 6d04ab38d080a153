"""`ashim user`: accounts without the web, for whoever has the machine."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from ashim_core.errors import InvalidCredentials
from ashim_core.identity import audit, first_start
from ashim_core.identity.audit import AuditQuery
from ashim_core.identity.records import NewKey
from ashim_core.policy import Actor, operator
from tests.cli.commands import (
    OTHER_PASSWORD,
    PASSWORD,
    ashim,
    database,
    done,
    identity,
    login,
    refusal,
)


def add(name: str, *options: str) -> None:
    done("user", "add", name, *options, typed=PASSWORD + "\n")


def who(token: str) -> Actor:
    with identity() as people:
        return people.tokens.authenticate(token, None)


def listed() -> dict[str, dict[str, object]]:
    users = json.loads(done("user", "list", "--json").stdout)
    return {item["username"]: item for item in users}


def test_list_shows_the_accounts_as_a_table_and_as_json() -> None:
    add("mia", "--role", "editor", "--keep")
    lines = done("user", "list").stdout.splitlines()
    assert [line.split() for line in lines] == [
        ["admin", "admin", "Default", "[has", "to", "change", "the", "password]"],
        ["mia", "editor", "Default"],
    ]
    mia = listed()["mia"]
    assert (mia["role"], mia["team"], mia["mustChangePassword"]) == ("editor", "Default", False)


def test_a_data_folder_that_was_not_there_is_mentioned_once(tmp_path: Path) -> None:
    note = f"note: there was no database yet, making {tmp_path / 'data' / 'ashim.db'}\n"
    assert done("user", "list").stderr == note
    assert done("user", "list").stderr == ""


def test_add_makes_an_account_whose_password_has_to_be_changed() -> None:
    result = done("user", "add", "mia", typed=PASSWORD + "\n")
    assert result.stdout == ""
    assert "made 'mia' with the role user in the team Default" in result.stderr
    assert login("mia", PASSWORD).user.must_change_password is True


def test_add_with_keep_makes_one_that_is_ready() -> None:
    add("mia", "--keep", "--role", "admin")
    user = login("mia", PASSWORD).user
    assert (user.must_change_password, user.role) == (False, "admin")


def test_a_generated_password_is_all_that_is_printed() -> None:
    first = done("user", "add", "mia", "--generate").stdout.strip()
    assert login("mia", first).user.username == "mia"
    second = done("user", "set-password", "mia", "--generate").stdout.strip()
    assert second != first
    assert login("mia", second).user.must_change_password is False


@pytest.mark.parametrize(
    ("arguments", "typed", "words"),
    [
        (["mia"], "", "expected a password as one line on standard input"),
        (["mia"], "\n", "expected a password of 8 to 256 characters"),
        (["mia"], "short\n", "expected a password of 8 to 256 characters"),
        (["mia"], "with\x07control character\n", "none of them a control character"),
        (["mia"], "x" * 257 + "\n", "expected a password of 8 to 256 characters"),
        (["mia"], "password\n", "among the first that anybody would try"),
        (["mia-miller"], "mia-miller\n", "among the first that anybody would try"),
        (["mia", "--role", "chief"], PASSWORD, "expected one of admin, editor, user"),
        (["mia", "--team", "red"], PASSWORD, "There is no team 'red'"),
        (["m"], PASSWORD, "for 'username', got \"m\""),
        (["mia miller"], PASSWORD, "for 'username', got \"mia miller\""),
        (["ADMIN"], PASSWORD, "There is a user 'ADMIN' already"),
    ],
)
def test_add_explains_what_is_wrong_in_a_line(arguments: list[str], typed: str, words: str) -> None:
    assert words in refusal("user", "add", *arguments, typed=typed)
    assert set(listed()) == {"admin"}


@pytest.mark.parametrize("password", ["k7#Q", "k7#Q\x07 horse staple", "k7#Q horse " * 30])
def test_a_refused_password_is_not_shown(password: str) -> None:
    for command in (("add", "mia"), ("set-password", "admin")):
        assert "k7#Q" not in refusal("user", *command, typed=password + "\n")


def test_no_more_users_than_max_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAX_USERS", "2")
    add("mia")
    assert "MAX_USERS" in refusal("user", "add", "tom", typed=PASSWORD)
    assert set(listed()) == {"admin", "mia"}


@pytest.mark.parametrize("command", ["set-password", "reset-password"])
def test_a_password_that_is_set_is_the_users_own_and_ends_everything_before(command: str) -> None:
    add("mia", "--keep")
    token = login("mia", PASSWORD).token
    key = done("user", "create-key", "mia").stdout.strip()
    assert (who(token).name, who(key).name) == ("mia", "mia")
    done("user", command, "MIA", typed=OTHER_PASSWORD + "\n")
    assert (who(token).via, who(key).via) == ("nothing", "nothing")
    with pytest.raises(InvalidCredentials):
        login("mia", PASSWORD)
    assert login("mia", OTHER_PASSWORD).user.must_change_password is False


def test_the_default_password_is_gone_when_one_is_set() -> None:
    done("user", "list")
    with database() as store:
        assert first_start.has_default_password(store) == "admin"
    done("user", "set-password", "admin", typed=PASSWORD + "\n")
    with database() as store:
        assert first_start.has_default_password(store) is None
    assert login("admin", PASSWORD).user.must_change_password is False


def test_a_password_can_be_one_to_be_changed() -> None:
    done("user", "set-password", "admin", "--must-change", typed=PASSWORD + "\n")
    assert login("admin", PASSWORD).user.must_change_password is True


def test_a_refused_password_changes_nothing() -> None:
    done("user", "set-password", "admin", typed=PASSWORD + "\n")
    token = login("admin", PASSWORD).token
    refusal("user", "set-password", "admin", typed="short\n")
    assert who(token).name == "admin"


@pytest.mark.parametrize(
    "arguments",
    [
        ("set-password", "nobody"),
        ("set-role", "nobody", "user"),
        ("delete", "nobody", "--yes"),
        ("create-key", "nobody"),
        ("sign-out", "nobody"),
        ("sign-out", "(everybody)"),
        ("sign-out", "\udcff"),
    ],
)
def test_an_unknown_name_is_one_line(arguments: tuple[str, ...]) -> None:
    line = refusal("user", *arguments, typed=PASSWORD)
    assert line == f"There is no user {arguments[1]!r}; 'ashim user list' shows them."


def test_a_role_that_is_set_acts_at_once() -> None:
    add("mia", "--keep")
    token = login("mia", PASSWORD).token
    done("user", "set-role", "mia", "Editor")
    assert who(token).role == "editor"
    assert "expected one of admin, editor, user" in refusal("user", "set-role", "mia", "chief")


def test_one_administrator_is_always_left() -> None:
    left = "There would be no administrator left."
    assert refusal("user", "set-role", "admin", "user") == left
    assert refusal("user", "delete", "admin", "--yes") == left
    add("mia", "--role", "admin")
    done("user", "delete", "admin", "--yes")
    assert refusal("user", "delete", "mia", "--yes") == left


def test_delete_takes_logins_and_keys_along() -> None:
    add("mia", "--keep")
    token, key = login("mia", PASSWORD).token, done("user", "create-key", "mia").stdout.strip()
    done("user", "delete", "mia", "--yes")
    assert (who(token).via, who(key).via) == ("nothing", "nothing")
    assert "mia" not in listed()


def test_delete_asks_nobody_where_nobody_is() -> None:
    add("mia")
    line = refusal("user", "delete", "mia", typed="y\n")
    assert line == "expected --yes, as there is nobody to ask"
    assert "mia" in listed()


def test_create_key_prints_the_key_and_nothing_else() -> None:
    add("mia", "--keep")
    result = done("user", "create-key", "mia", "--name", "scanner")
    assert re.fullmatch(r"si_[0-9a-f]{96}\n", result.stdout)
    assert result.stderr == ""
    actor = who(result.stdout.strip())
    assert (actor.name, actor.via, actor.role) == ("mia", "key", "user")
    with identity() as people:
        assert [item.name for item in people.keys.list(actor).api_keys] == ["scanner"]


def test_a_key_may_have_a_scope_and_an_end() -> None:
    add("mia", "--keep")
    options = ("--permissions", "files:own, tools:use", "--expires-days", "3")
    actor = who(done("user", "create-key", "mia", *options).stdout.strip())
    assert actor.permissions == {"files:own", "tools:use"}
    add("tom", "--keep", "--role", "admin")
    reader = who(done("user", "create-key", "tom").stdout.strip())
    with identity() as people:
        keys = people.keys.list(reader).api_keys
    (scoped,) = [item for item in keys if item.permissions]
    assert scoped.expires_at is not None
    assert scoped.expires_at - scoped.created_at == pytest.approx(
        timedelta(days=3), abs=timedelta(minutes=1)
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--permissions", "settings:write"), "The role 'user' doesn't allow settings:write"),
        (("--permissions", "files:mine"), "for 'permissions.0', got \"files:mine\""),
        (("--permissions", ","), "for 'permissions', got []"),
        (("--name", "a\nb"), "for 'name'"),
    ],
)
def test_a_key_that_can_not_be_is_explained_in_a_line(options: tuple[str, ...], words: str) -> None:
    add("mia", "--keep")
    assert words in refusal("user", "create-key", "mia", *options)


@pytest.mark.parametrize("days", ["0", "-1", "36501", "soon"])
def test_a_key_ends_after_a_number_of_days(days: str) -> None:
    result = ashim("user", "create-key", "admin", "--expires-days", days)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--expires-days" in result.stderr


def test_no_key_for_somebody_who_has_to_change_the_password() -> None:
    line = refusal("user", "create-key", "admin")
    assert line.startswith("'admin' has to change the password first")


def test_no_more_keys_than_a_user_may_have() -> None:
    add("mia", "--keep")
    with identity() as people:
        found = people.accounts.find("mia")
        assert found is not None
        for _ in range(100):
            people.keys.create_for(operator(), found.id, NewKey())
    assert refusal("user", "create-key", "mia").startswith("A user has at most 100 keys")


def test_sign_out_ends_logins_and_leaves_keys() -> None:
    add("mia", "--keep")
    tokens = [login("mia", PASSWORD).token for _ in range(2)]
    key = done("user", "create-key", "mia").stdout.strip()
    assert "ended 2 logins of 'mia'" in done("user", "sign-out", "mia").stderr
    assert [who(token).via for token in tokens] == ["nothing", "nothing"]
    assert who(key).name == "mia"


def test_every_deed_is_written_down_as_done_on_the_command_line() -> None:
    add("mia", "--keep")
    login("mia", PASSWORD)
    key = done("user", "create-key", "mia", "--name", "scanner").stdout.strip()
    done("user", "set-role", "mia", "editor")
    done("user", "sign-out", "mia")
    done("user", "set-password", "mia", typed=OTHER_PASSWORD)
    done("user", "delete", "mia", "--yes")
    with database() as store:
        entries = audit.read(store, AuditQuery()).entries
    own = [item for item in reversed(entries) if item.actor_username == "command line"]
    assert [(item.action, item.target_type) for item in own] == [
        ("USER_CREATED", "user"),
        ("API_KEY_CREATED", "api_key"),
        ("USER_UPDATED", "user"),
        ("SESSION_DELETED", "user"),
        ("PASSWORD_RESET", "user"),
        ("USER_DELETED", "user"),
    ]
    assert {(item.actor_id, item.ip_address) for item in own} == {(None, None)}
    assert {(item.details or {})["username"] for item in own} == {"mia"}
    assert own[3].details == {"username": "mia", "sessions": 1}
    written = json.dumps([item.model_dump(mode="json") for item in entries])
    assert not [secret for secret in (PASSWORD, OTHER_PASSWORD, key) if secret in written]


def test_a_refusal_is_not_written_down() -> None:
    refusal("user", "create-key", "admin")
    refusal("user", "delete", "admin", "--yes")
    with database() as store:
        assert audit.read(store, AuditQuery()).total == 0


def test_it_works_where_nobody_is_asked_to_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTH_ENABLED", "false")
    add("mia", "--keep")
    key = done("user", "create-key", "mia").stdout.strip()
    assert set(listed()) == {"admin", "mia"}
    monkeypatch.setenv("AUTH_ENABLED", "true")
    assert who(key).name == "mia"


def test_only_the_first_line_of_standard_input_is_the_password() -> None:
    done("user", "add", "mia", typed=f"{PASSWORD}\r\n{OTHER_PASSWORD}\n")
    assert login("mia", PASSWORD).user.username == "mia"


def test_a_password_that_is_no_text_is_one_line() -> None:
    result = ashim("user", "add", "mia", typed=b"\xff\xfe horse staple\n")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines()[-1] == (
        "Error: expected a password in UTF-8 on standard input"
    )


def test_a_damaged_database_is_one_line_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "data" / "ashim.db"
    path.parent.mkdir()
    path.write_bytes(b"no database at all " * 300)
    before = path.read_bytes()
    for command in (("user", "list"), ("settings", "list")):
        assert f"The database {path} is damaged" in refusal(*command)
    assert path.read_bytes() == before
