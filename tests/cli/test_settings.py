"""`ashim settings`: what administrators change, from the command line."""

import json

import pytest

from ashim_core.config import Config
from ashim_core.identity import audit
from ashim_core.identity.audit import AuditQuery
from ashim_core.preferences import PreferenceStore
from tests.cli.commands import ashim, database, done, refusal


def value(key: str) -> str:
    return done("settings", "get", key).stdout.removesuffix("\n")


def test_list_shows_every_setting_with_its_default() -> None:
    listed = json.loads(done("settings", "list", "--json").stdout)
    with database() as store:
        assert listed == PreferenceStore(store, Config()).texts()
    rows = [line.split(maxsplit=1) for line in done("settings", "list").stdout.splitlines()]
    assert dict(rows) == listed
    assert listed["loginAttemptLimit"] == "10"


def test_defaults_follow_the_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGIN_ATTEMPT_LIMIT", "7")
    assert value("loginAttemptLimit") == "7"
    done("settings", "set", "loginAttemptLimit", "3")
    assert value("loginAttemptLimit") == "3"
    done("settings", "unset", "loginAttemptLimit")
    assert value("loginAttemptLimit") == "7"


@pytest.mark.parametrize(
    ("key", "text", "kept"),
    [
        ("appName", "Pictures of ours", "Pictures of ours"),
        ("appName", "10", "10"),
        ("enableExperimentalTools", "true", "true"),
        ("tempFileMaxAgeHours", "1.5", "1.5"),
        ("disabledTools", '["resize", "crop"]', '["crop", "resize"]'),
        ("defaultTheme", "dark", "dark"),
    ],
)
def test_set_takes_what_list_and_get_show(key: str, text: str, kept: str) -> None:
    result = done("settings", "set", key, text)
    assert (result.stdout, result.stderr.splitlines()[-1]) == ("", f"{key} is {kept}")
    assert value(key) == kept
    done("settings", "set", key, value(key))
    assert value(key) == kept


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("get", "appNam"), "There is no setting 'appNam'"),
        (("set", "appNam", "x"), "'appName'"),
        (("unset", "appNam"), "'appName'"),
        (("set", "customLogo", "true"), "'customLogo'"),
        (("set", "loginAttemptLimit", "0"), "at least 1"),
        (("set", "loginAttemptLimit", "many"), "'loginAttemptLimit'"),
        (("set", "enableExperimentalTools", "yes"), "'enableExperimentalTools'"),
        (("set", "disabledTools", "resize"), "'disabledTools'"),
        (("set", "disabledTools", '["resise"]'), "'resize'"),
        (("set", "defaultTheme", "blue"), "'defaultTheme'"),
        (("set", "appName", "a\nb"), "'appName'"),
        (("set", "appName", "\udcff"), "'appName'"),
    ],
)
def test_mistakes_are_explained_in_a_line(arguments: tuple[str, ...], words: str) -> None:
    before = done("settings", "list").stdout
    assert words in refusal("settings", *arguments)
    assert done("settings", "list").stdout == before


def test_changes_are_written_down() -> None:
    done("settings", "set", "appName", "Pictures")
    done("settings", "unset", "appName")
    refusal("settings", "set", "appName", "")
    with database() as store:
        entries = audit.read(store, AuditQuery()).entries
    said = [(item.actor_username, item.action, item.details) for item in reversed(entries)]
    assert said == [
        ("command line", "SETTINGS_UPDATED", {"appName": "Pictures"}),
        ("command line", "SETTINGS_UPDATED", {"appName": None}),
    ]


def test_a_value_is_needed() -> None:
    result = ashim("settings", "set", "appName")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Missing argument 'VALUE'" in result.stderr
