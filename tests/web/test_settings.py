"""Settings: how they are read and set, and that each of them does what it says, at once."""

import json
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ashim_core.testing import MakeClient, ToolClient, sample
from ashim_core.testing.client import make_client
from tests.data import experimental, plain
from tests.web.people import ask, login, open_server, refusal, root, wrong_fields

SETTINGS = "/api/v1/settings"
DEFAULTS = {
    "disabledTools": "[]",
    "enableExperimentalTools": "false",
    "loginAttemptLimit": "10",
    "fileUploadLimitMb": "100",
    "tempFileMaxAgeHours": "24",
    "startupCleanup": "true",
    "customLogo": "false",
    "appName": "ashim",
    "defaultTheme": "light",
    "defaultLocale": "en",
    "defaultToolView": "sidebar",
}
OTHERS: dict[str, Any] = {
    "disabledTools": ["same"],
    "enableExperimentalTools": True,
    "loginAttemptLimit": 20,
    "fileUploadLimitMb": 50,
    "tempFileMaxAgeHours": 1.5,
    "startupCleanup": False,
    "appName": "Bilder",
    "defaultTheme": "dark",
    "defaultLocale": "de-CH",
    "defaultToolView": "fullscreen",
}
"""A value for each that can be set, and that is not the default."""
MIB = 1024 * 1024


def get(client: ToolClient, key: str) -> Any:
    return client.http.get(f"{SETTINGS}/{key}").json


def put(client: ToolClient, key: str, value: Any) -> None:
    """Set one setting; fail when it is refused."""
    response = client.http.put(f"{SETTINGS}/{key}", json={"value": value})
    assert (response.status_code, response.json) == (200, {"ok": True}), response.text


def everything(client: ToolClient) -> Any:
    answer: Any = client.http.get(SETTINGS).json
    return answer["settings"]


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def test_all_settings_are_text(client: ToolClient) -> None:
    response: Any = client.http.get(SETTINGS)
    assert (response.status_code, response.json) == (200, {"settings": DEFAULTS})


def test_the_configuration_says_what_the_defaults_are(ashim: MakeClient) -> None:
    client = ashim(plain, login_attempt_limit=3, max_upload_size_mb=7, file_max_age_hours=2.5)
    assert everything(client) == DEFAULTS | {
        "loginAttemptLimit": "3",
        "fileUploadLimitMb": "7",
        "tempFileMaxAgeHours": "2.5",
    }


def test_a_default_was_never_updated(client: ToolClient) -> None:
    for key, value in DEFAULTS.items():
        assert get(client, key) == {"key": key, "value": value, "updatedAt": None}


@pytest.mark.parametrize("key", OTHERS)
@pytest.mark.parametrize("as_sent", [lambda value: value, as_text], ids=["value", "text"])
def test_a_setting_is_set_by_its_value_or_by_text(
    client: ToolClient, key: str, as_sent: Any
) -> None:
    put(client, key, as_sent(OTHERS[key]))
    found = get(client, key)
    assert (found["key"], found["value"]) == (key, as_text(OTHERS[key]))
    assert datetime.fromisoformat(found["updatedAt"]).tzinfo is not None
    assert everything(client) == DEFAULTS | {key: as_text(OTHERS[key])}


@pytest.mark.parametrize("key", OTHERS)
def test_null_brings_the_default_back(client: ToolClient, key: str) -> None:
    put(client, key, OTHERS[key])
    put(client, key, None)
    assert get(client, key) == {"key": key, "value": DEFAULTS[key], "updatedAt": None}
    put(client, key, None)


def test_the_last_value_counts(client: ToolClient) -> None:
    put(client, "appName", "one")
    first = get(client, "appName")
    put(client, "appName", "two")
    second = get(client, "appName")
    assert (first["value"], second["value"]) == ("one", "two")
    assert second["updatedAt"] > first["updatedAt"]


def test_many_are_set_at_once(client: ToolClient) -> None:
    response = client.http.put(SETTINGS, json=OTHERS)
    assert (response.status_code, response.json) == (200, {"ok": True, "updatedCount": 10})
    assert everything(client) == DEFAULTS | {key: as_text(OTHERS[key]) for key in OTHERS}
    response = client.http.put(SETTINGS, json=dict.fromkeys(OTHERS))
    assert (response.status_code, response.json) == (200, {"ok": True, "updatedCount": 10})
    assert everything(client) == DEFAULTS
    response = client.http.put(SETTINGS, json={})
    assert (response.status_code, response.json) == (200, {"ok": True, "updatedCount": 0})


@pytest.mark.parametrize(
    ("wrong", "value"), [("loginAttemptLimit", 0), ("nothing", "x"), ("customLogo", True)]
)
def test_if_one_is_wrong_none_is_set(client: ToolClient, wrong: str, value: Any) -> None:
    for body in ({"appName": "Bilder", wrong: value}, {wrong: value, "appName": "Bilder"}):
        assert wrong_fields(client.http.put(SETTINGS, json=body)) == [wrong]
    assert everything(client) == DEFAULTS


@pytest.mark.parametrize(
    ("key", "nearest"),
    [
        ("loginAttemptLimt", "loginAttemptLimit"),
        ("login_attempt_limit", "loginAttemptLimit"),
        ("disabledtools", "disabledTools"),
        ("AppName", "appName"),
    ],
)
def test_an_unknown_setting_is_refused_with_the_nearest_name(
    client: ToolClient, key: str, nearest: str
) -> None:
    for response in (
        client.http.put(SETTINGS, json={key: 1}),
        client.http.put(f"{SETTINGS}/{key}", json={"value": 1}),
    ):
        body: Any = response.json
        assert refusal(response) == (400, "VALIDATION_ERROR")
        assert body["details"] == [
            {"field": key, "expected": f"'{nearest}'", "received": f"the name '{key}'"}
        ]
    assert refusal(client.http.get(f"{SETTINGS}/{key}")) == (404, "NOT_FOUND")


def test_without_a_near_name_all_are_named(client: ToolClient) -> None:
    response: Any = client.http.put(SETTINGS, json={"zzz": 1})
    assert response.json["details"][0]["expected"] == f"one of {', '.join(OTHERS)}"


def test_the_logo_is_not_set_by_its_setting(client: ToolClient) -> None:
    for value in (True, False, None, "true"):
        one = client.http.put(f"{SETTINGS}/customLogo", json={"value": value})
        many = client.http.put(SETTINGS, json={"customLogo": value})
        assert wrong_fields(one) == wrong_fields(many) == ["customLogo"]
    assert get(client, "customLogo")["value"] == "false"


@pytest.mark.parametrize(
    ("key", "value", "field"),
    [
        ("disabledTools", "same", "disabledTools"),
        ("disabledTools", True, "disabledTools"),
        ("disabledTools", {"same": 1}, "disabledTools"),
        ("disabledTools", [1], "disabledTools.0"),
        ("disabledTools", "[1]", "disabledTools.0"),
        ("disabledTools", ["same"] * 1001, "disabledTools"),
        ("disabledTools", ["same", "nothing"], "disabledTools"),
        ("enableExperimentalTools", 1, "enableExperimentalTools"),
        ("enableExperimentalTools", "yes", "enableExperimentalTools"),
        ("enableExperimentalTools", "True", "enableExperimentalTools"),
        ("loginAttemptLimit", 0, "loginAttemptLimit"),
        ("loginAttemptLimit", 10_001, "loginAttemptLimit"),
        ("loginAttemptLimit", True, "loginAttemptLimit"),
        ("loginAttemptLimit", 1.5, "loginAttemptLimit"),
        ("loginAttemptLimit", "", "loginAttemptLimit"),
        ("loginAttemptLimit", "null", "loginAttemptLimit"),
        ("loginAttemptLimit", [10], "loginAttemptLimit"),
        ("fileUploadLimitMb", 0, "fileUploadLimitMb"),
        ("fileUploadLimitMb", "1e1", "fileUploadLimitMb"),
        ("tempFileMaxAgeHours", 0, "tempFileMaxAgeHours"),
        ("tempFileMaxAgeHours", 8761, "tempFileMaxAgeHours"),
        ("tempFileMaxAgeHours", "NaN", "tempFileMaxAgeHours"),
        ("tempFileMaxAgeHours", "1e999", "tempFileMaxAgeHours"),
        ("appName", 1, "appName"),
        ("appName", "", "appName"),
        ("appName", "x" * 51, "appName"),
        ("appName", "a\nb", "appName"),
        ("appName", "a\u202eb", "appName"),
        ("defaultTheme", "blue", "defaultTheme"),
        ("defaultTheme", ["dark"], "defaultTheme"),
        ("defaultLocale", "x", "defaultLocale"),
        ("defaultLocale", "en\n", "defaultLocale"),
        ("defaultToolView", "", "defaultToolView"),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_values_of_the_wrong_kind_are_refused(
    client: ToolClient, key: str, value: Any, field: str
) -> None:
    one = client.http.put(f"{SETTINGS}/{key}", json={"value": value})
    many = client.http.put(SETTINGS, json={key: value})
    assert wrong_fields(one) == wrong_fields(many) == [field]
    assert everything(client) == DEFAULTS


def test_a_single_setting_needs_a_value(client: ToolClient) -> None:
    assert wrong_fields(client.http.put(f"{SETTINGS}/appName", json={})) == ["value"]
    response = client.http.put(f"{SETTINGS}/appName", json={"value": "x", "appName": "y"})
    assert wrong_fields(response) == ["appName"]


def test_changes_are_written_down(client: ToolClient) -> None:
    client.http.put(SETTINGS, json={"appName": "Bilder", "loginAttemptLimit": "20"})
    log: Any = client.http.get("/api/v1/audit-log").json
    (entry,) = log["entries"]
    assert (entry["action"], entry["targetType"]) == ("SETTINGS_UPDATED", "setting")
    assert entry["details"] == {"appName": "Bilder", "loginAttemptLimit": 20}


@pytest.mark.parametrize("name", ["same", "unchanged"])
def test_a_tool_is_switched_off_by_id_or_alias(client: ToolClient, name: str) -> None:
    assert client.post("same", sample("rgb")).status_code == 200
    put(client, "disabledTools", [name, name])
    assert get(client, "disabledTools")["value"] == '["same"]'
    for called in ("same", "unchanged"):
        assert client.refusal(called, sample("rgb")) == (403, "TOOL_DISABLED")
    assert client.post("mirror", sample("rgb")).status_code == 200
    put(client, "disabledTools", [])
    assert client.post("same", sample("rgb")).status_code == 200


def test_a_tool_that_is_switched_off_is_offered_nowhere(client: ToolClient) -> None:
    assert offered(client, "mirror") == [True] * 5
    put(client, "disabledTools", ["mirror"])
    assert offered(client, "mirror") == [False] * 5
    assert offered(client, "same") == [True] * 5
    put(client, "disabledTools", None)
    assert offered(client, "mirror") == [True] * 5


def offered(client: ToolClient, tool: str) -> list[bool]:
    """Say where a tool is offered: two lists of tools, and three documents."""
    listed: Any = client.http.get("/api/v1/tools").json
    described: Any = client.http.get(f"/api/v1/tools/{tool}").json
    (found,) = [item for item in listed["tools"] if item["id"] == tool]
    assert found == described
    openapi: Any = client.http.get("/api/v1/openapi.json").json
    texts = [client.http.get(path).text for path in ("/llms.txt", "/llms-full.txt")]
    return [
        found["enabled"],
        found["reason"] is None,
        f"/api/v1/tools/{tool}" in openapi["paths"],
        *(f"- `{tool}` " in text for text in texts),
    ]


def test_an_unknown_tool_is_refused_with_the_nearest_name(client: ToolClient) -> None:
    response: Any = client.http.put(f"{SETTINGS}/disabledTools", json={"value": ["mirrow"]})
    assert wrong_fields(response) == ["disabledTools"]
    assert response.json["details"][0] == {
        "field": "disabledTools",
        "expected": "'mirror'",
        "received": "'mirrow'",
    }


def test_what_the_operator_switched_off_stays_off(ashim: MakeClient) -> None:
    client = ashim(plain, disabled_tools="mirror")
    put(client, "disabledTools", ["same"])
    put(client, "disabledTools", [])
    assert client.refusal("mirror", sample("rgb")) == (403, "TOOL_DISABLED")


def test_experimental_tools_are_offered_when_they_are_allowed(ashim: MakeClient) -> None:
    client = ashim(plain, experimental)
    assert offered(client, "wobble") == [False] * 5
    response: Any = client.post("wobble", sample("rgb"))
    assert refusal(response) == (403, "TOOL_DISABLED")
    assert "enableExperimentalTools" in response.json["message"]
    put(client, "enableExperimentalTools", True)
    assert offered(client, "wobble") == [True] * 5
    assert client.post("wobble", sample("rgb")).status_code == 200
    put(client, "disabledTools", ["wobble"])
    assert client.refusal("wobble", sample("rgb")) == (403, "TOOL_DISABLED")


def test_the_limit_of_logins_acts_at_once(ashim: MakeClient) -> None:
    client = open_server(ashim, login_attempt_limit=3)
    admin = root(client)
    wrong = [login(client, "admin", "wrong").status_code for _ in range(3)]
    assert wrong == [401, 401, 429]
    path = f"{SETTINGS}/loginAttemptLimit"
    assert admin("PUT", path, {"value": 100}).status_code == 200
    assert login(client, "admin", "admin").status_code == 200
    assert admin("PUT", path, {"value": 1}).status_code == 200
    assert login(client, "nobody", "wrong", address="127.0.0.2").status_code == 401
    assert refusal(login(client, "nobody", "wrong", address="127.0.0.2")) == (429, "RATE_LIMITED")


def test_the_limit_of_uploads_acts_at_once(ashim: MakeClient) -> None:
    client = ashim(plain, max_upload_size_mb=2)
    upload = bytes(MIB + 1)
    assert client.post("measure", upload).status_code == 200
    put(client, "fileUploadLimitMb", 1)
    response: Any = client.post("measure", upload)
    assert refusal(response) == (413, "FILE_TOO_LARGE")
    assert "1 MB" in response.json["message"]
    assert client.post("measure", bytes(MIB)).status_code == 200
    put(client, "fileUploadLimitMb", None)
    assert client.post("measure", upload).status_code == 200


def test_the_limit_of_uploads_never_exceeds_what_the_operator_allows(ashim: MakeClient) -> None:
    client = ashim(plain, max_upload_size_mb=1)
    put(client, "fileUploadLimitMb", 50)
    assert get(client, "fileUploadLimitMb")["value"] == "1"
    assert client.refusal("measure", bytes(MIB + 1)) == (413, "FILE_TOO_LARGE")


def test_new_results_are_kept_as_long_as_it_says(ashim: MakeClient) -> None:
    client = ashim(plain, file_max_age_hours=10)
    assert kept_hours(client) == 10
    before: Any = client.post("same", sample("rgb"), accept="application/json").json
    put(client, "tempFileMaxAgeHours", 0.5)
    assert kept_hours(client) == 0.5
    with client.http.get(before["downloadUrl"]) as download:
        assert download.status_code == 200
    put(client, "tempFileMaxAgeHours", None)
    assert kept_hours(client) == 10


def kept_hours(client: ToolClient) -> float:
    """Say for how many hours a new result can be downloaded."""
    begin = datetime.now().astimezone().replace(microsecond=0)
    answer: Any = client.post("same", sample("rgb"), accept="application/json").json
    kept = datetime.fromisoformat(answer["expiresAt"]) - begin
    hours = round(kept / timedelta(hours=1), 1)
    assert abs(kept - timedelta(hours=hours)) < timedelta(minutes=1)
    return hours


def test_a_setting_acts_at_once_in_every_process(ashim: MakeClient) -> None:
    one, other = ashim(plain), ashim(plain)
    assert one.core.store is not other.core.store
    assert other.post("same", sample("rgb")).status_code == 200
    put(one, "disabledTools", ["same"])
    assert other.refusal("same", sample("rgb")) == (403, "TOOL_DISABLED")
    put(other, "appName", "Bilder")
    assert get(one, "appName") == get(other, "appName")
    assert everything(one) == everything(other)
    put(other, "disabledTools", None)
    assert one.post("same", sample("rgb")).status_code == 200


def test_whoever_may_only_read_settings_sets_none(ashim: MakeClient) -> None:
    client = open_server(ashim)
    user = root(client).register("user")
    assert user("GET", SETTINGS).json["settings"]["appName"] == "ashim"
    for answer in (
        user("PUT", SETTINGS, {"appName": "Bilder"}),
        user("PUT", f"{SETTINGS}/appName", {"value": "Bilder"}),
    ):
        assert refusal(answer) == (403, "FORBIDDEN")
    assert refusal(ask(client, "GET", SETTINGS)) == (401, "AUTH_REQUIRED")
    assert user("GET", f"{SETTINGS}/appName").json["value"] == "ashim"


@pytest.mark.parametrize("text", ["1", "48", "2.5", "0.25", "8760"])
def test_hours_come_back_as_they_were_set(client: ToolClient, text: str) -> None:
    for value in (text, json.loads(text)):
        put(client, "tempFileMaxAgeHours", value)
        answer: Any = client.http.get(f"{SETTINGS}/tempFileMaxAgeHours").json
        assert answer["value"] == text


@pytest.mark.parametrize("wanted", [True, False])
def test_the_clean_up_at_the_start_can_be_switched_off(tmp_path: Path, wanted: bool) -> None:
    with closing(make_client(tmp_path, plain)) as client:
        put(client, "startupCleanup", wanted)
    left = tmp_path / "work" / ("b" * 32) / ("a" * 32)
    left.mkdir(parents=True)
    with closing(make_client(tmp_path, plain)) as client:
        assert left.exists() != wanted
        client.core.sweep()
        assert not left.exists()
