"""Preferences as they are kept: defaults, stored values, and what a later version may leave."""

import json
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ashim_core.config import Config
from ashim_core.errors import NotFound, ValidationFailed
from ashim_core.policy import Actor, operator
from ashim_core.preferences import KEYS, Preferences, PreferenceStore
from ashim_core.store.database import Store, open_store
from ashim_core.store.migrate import migrate
from ashim_core.store.models import AuditEntry, Preference

TOOLS = {"resize": "resize", "scale": "resize", "crop": "crop"}
"""Every name of a tool to its id."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store("", tmp_path / "ashim.db")) as store:
        migrate(store)
        yield store


@pytest.fixture
def preferences(store: Store) -> PreferenceStore:
    return PreferenceStore(store, Config())


@pytest.fixture
def actor() -> Actor:
    return operator()


def put(preferences: PreferenceStore, **values: Any) -> int:
    """Set some preferences as the operator."""
    return preferences.set(operator(), values, TOOLS)


def write(store: Store, name: str, value: Any) -> None:
    """Write a row past all checks."""
    with store.writing() as db:
        Preference.insert(name=name, value=json.dumps(value), updated=time.time()).execute(db)


def rows(store: Store) -> dict[str, str]:
    with store.reading() as db:
        return {row.name: row.value for row in Preference.select().execute(db)}


def refused(preferences: PreferenceStore, **values: Any) -> list[str]:
    """Give the fields that are named when these values are refused."""
    with pytest.raises(ValidationFailed) as caught:
        put(preferences, **values)
    assert caught.value.message
    return [detail["field"] for detail in caught.value.details]


def test_every_preference_has_a_default_that_is_valid() -> None:
    defaults = Preferences()
    assert Preferences.model_validate(defaults.model_dump()) == defaults
    assert list(KEYS.values()) == list(Preferences.model_fields)


def test_names_on_the_wire_are_in_camel_case() -> None:
    assert KEYS["fileUploadLimitMb"] == "file_upload_limit_mb"
    assert KEYS["disabledTools"] == "disabled_tools"
    assert not [key for key in KEYS if "_" in key]


def test_nothing_is_stored_until_somebody_sets_something(
    store: Store, preferences: PreferenceStore
) -> None:
    assert preferences.load() == Preferences()
    assert rows(store) == {}
    assert put(preferences) == 0
    assert rows(store) == {}


def test_the_configuration_gives_other_defaults(store: Store) -> None:
    config = Config(login_attempt_limit=3, max_upload_size_mb=7, file_max_age_hours=2.5)
    loaded = PreferenceStore(store, config).load()
    assert loaded == Preferences(
        login_attempt_limit=3, file_upload_limit_mb=7, temp_file_max_age_hours=2.5
    )


def test_the_operator_may_go_beyond_what_an_administrator_may(
    store: Store, preferences: PreferenceStore
) -> None:
    config = Config(
        login_attempt_limit=50_000, max_upload_size_mb=200_000, file_max_age_hours=10_000
    )
    beyond = PreferenceStore(store, config)
    put(preferences, appName="Bilder")
    loaded = beyond.load()
    assert (loaded.login_attempt_limit, loaded.file_upload_limit_mb) == (50_000, 200_000)
    assert (loaded.temp_file_max_age_hours, loaded.app_name) == (10_000, "Bilder")
    assert beyond.texts()["loginAttemptLimit"] == "50000"


def test_what_was_set_goes_before_the_configuration(
    store: Store, preferences: PreferenceStore
) -> None:
    assert put(preferences, loginAttemptLimit=20, tempFileMaxAgeHours=3) == 2
    config = Config(login_attempt_limit=3, file_max_age_hours=2.5)
    loaded = PreferenceStore(store, config).load()
    assert (loaded.login_attempt_limit, loaded.temp_file_max_age_hours) == (20, 3)


def test_null_lets_the_configuration_decide_again(
    store: Store, preferences: PreferenceStore
) -> None:
    put(preferences, loginAttemptLimit=20)
    put(preferences, loginAttemptLimit=None)
    assert rows(store) == {}
    assert PreferenceStore(store, Config(login_attempt_limit=3)).load().login_attempt_limit == 3


def test_uploads_are_never_larger_than_the_operator_allows_now(
    store: Store, preferences: PreferenceStore
) -> None:
    put(preferences, fileUploadLimitMb=80)
    smaller = PreferenceStore(store, Config(max_upload_size_mb=5))
    assert smaller.load().file_upload_limit_mb == 5
    assert smaller.texts()["fileUploadLimitMb"] == "5"
    assert smaller.get("fileUploadLimitMb").value == "5"
    assert preferences.load().file_upload_limit_mb == 80


def test_two_stores_of_one_database_agree(store: Store, preferences: PreferenceStore) -> None:
    other = PreferenceStore(store, Config())
    put(preferences, appName="Bilder")
    assert other.load().app_name == "Bilder"
    put(other, appName=None)
    assert preferences.load().app_name == "ashim"


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("disabledTools", "[]", []),
        ("disabledTools", '["resize"]', ["resize"]),
        ("disabledTools", ' [ "scale", "crop", "resize" ] ', ["crop", "resize"]),
        ("enableExperimentalTools", "true", True),
        ("enableExperimentalTools", " false ", False),
        ("loginAttemptLimit", "1", 1),
        ("fileUploadLimitMb", "100", 100),
        ("tempFileMaxAgeHours", "0.5", 0.5),
        ("tempFileMaxAgeHours", "12", 12),
        ("appName", "12", "12"),
        ("appName", "true", "true"),
        ("appName", "null", "null"),
        ("appName", '"quoted"', '"quoted"'),
        ("appName", "  Bilder ", "Bilder"),
        ("defaultTheme", "system", "system"),
    ],
)
def test_text_is_read_as_what_the_preference_is(
    preferences: PreferenceStore, key: str, text: str, value: Any
) -> None:
    put(preferences, **{key: text})
    assert getattr(preferences.load(), KEYS[key]) == value


def test_tools_are_kept_by_their_ids_once_and_in_order(
    store: Store, preferences: PreferenceStore
) -> None:
    put(preferences, disabledTools=["scale", "resize", "crop"])
    assert rows(store) == {"disabledTools": '["crop", "resize"]'}
    assert preferences.texts()["disabledTools"] == '["crop", "resize"]'


def test_an_unknown_tool_is_shown_cut_short(preferences: PreferenceStore) -> None:
    with pytest.raises(ValidationFailed) as caught:
        put(preferences, disabledTools=["x" * 5000])
    (detail,) = caught.value.details
    assert detail == {
        "field": "disabledTools",
        "expected": "the id of an installed tool",
        "received": f"'{'x' * 50}'",
    }


def test_an_unknown_name_is_shown_cut_short(preferences: PreferenceStore) -> None:
    with pytest.raises(ValidationFailed) as caught:
        put(preferences, **{"x" * 5000: 1})
    assert caught.value.details[0]["field"] == "x" * 50
    assert len(caught.value.message) < 500


def test_the_first_wrong_value_keeps_all_from_being_set(
    store: Store, preferences: PreferenceStore
) -> None:
    put(preferences, appName="Bilder")
    assert refused(preferences, appName="Other", defaultTheme="blue") == ["defaultTheme"]
    assert refused(preferences, appName=None, nothing=1) == ["nothing"]
    assert refused(preferences, appName=None, customLogo=True) == ["customLogo"]
    assert rows(store) == {"appName": '"Bilder"'}


def test_what_is_refused_is_not_written_down(store: Store, preferences: PreferenceStore) -> None:
    refused(preferences, loginAttemptLimit=0)
    with store.reading() as db:
        assert AuditEntry.select().count(db) == 0


@pytest.mark.parametrize("text", ["", "[", "yes", "[1,]", "NaN", "9" * 20, "[" * 5000, "1 2"])
def test_text_that_is_no_json_is_refused(preferences: PreferenceStore, text: str) -> None:
    assert refused(preferences, loginAttemptLimit=text) == ["loginAttemptLimit"]
    assert refused(preferences, disabledTools=text) == ["disabledTools"]


def test_names_are_those_on_the_wire_only(preferences: PreferenceStore) -> None:
    assert refused(preferences, app_name="Bilder") == ["app_name"]
    with pytest.raises(NotFound, match="app_name"):
        preferences.get("app_name")
    with pytest.raises(NotFound) as caught:
        preferences.get("x" * 5000)
    assert len(caught.value.message) < 500


def test_a_record_says_when_it_was_set(preferences: PreferenceStore) -> None:
    assert preferences.get("appName").updated_at is None
    before = time.time()
    put(preferences, appName="Bilder")
    updated = preferences.get("appName").updated_at
    assert updated is not None
    assert before <= updated.timestamp() <= time.time()
    put(preferences, appName=None)
    assert preferences.get("appName").updated_at is None


def test_the_logo_is_noted(store: Store, preferences: PreferenceStore, actor: Actor) -> None:
    preferences.note_logo(actor, there=True)
    assert preferences.load().custom_logo
    preferences.note_logo(actor, there=False)
    assert not preferences.load().custom_logo
    with store.reading() as db:
        deeds = [row.action for row in AuditEntry.select().order_by(AuditEntry.id).execute(db)]
    assert deeds == ["LOGO_UPDATED", "LOGO_DELETED"]


def test_what_another_version_left_is_passed_over(
    store: Store, preferences: PreferenceStore
) -> None:
    write(store, "defaultLanguage", "de")
    write(store, "appName", "Bilder")
    assert preferences.load() == Preferences(app_name="Bilder")
    assert preferences.texts().keys() == KEYS.keys()
    with pytest.raises(NotFound):
        preferences.get("defaultLanguage")


def test_tools_that_are_gone_stay_switched_off(store: Store, preferences: PreferenceStore) -> None:
    write(store, "disabledTools", ["removed-tool"])
    assert preferences.load().disabled_tools == ["removed-tool"]
    assert refused(preferences, disabledTools=["removed-tool"]) == ["disabledTools"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("loginAttemptLimit", 0),
        ("loginAttemptLimit", 10_001),
        ("fileUploadLimitMb", 100_001),
        ("tempFileMaxAgeHours", 8760.1),
        ("tempFileMaxAgeHours", float("inf")),
        ("appName", "x" * 51),
        ("appName", "\u200b"),
        ("defaultLocale", "en_US"),
    ],
)
def test_values_out_of_bounds_are_refused(
    preferences: PreferenceStore, key: str, value: Any
) -> None:
    assert refused(preferences, **{key: value}) == [key]
