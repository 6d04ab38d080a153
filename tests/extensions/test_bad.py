"""What a plugin of the server does wrong costs itself: it is named, and everything else goes on."""

import logging
from dataclasses import replace
from typing import Any

import pytest

from ashim_core import events
from ashim_core.extensions.data import PluginData
from ashim_core.extensions.loaded import Extensions
from ashim_core.server import group
from ashim_core.testing import ToolClient
from ashim_core.web import identifying
from tests.extensions.conftest import Extended, fate, post
from tests.patience import until

AT_THE_START = (
    *("ashim_config", "ashim_executor", "ashim_storage", "ashim_sites", "ashim_panels"),
    *("ashim_blueprints", "ashim_start"),
)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group, "SERVER", replace(group.SERVER, patience_s=0.2))
    monkeypatch.setattr(identifying, "_PATIENCE_S", 0.2)


def badly(monkeypatch: pytest.MonkeyPatch, hook: str, how: str) -> None:
    monkeypatch.setenv("ASHIM_TOY_BAD_HOOK", hook)
    monkeypatch.setenv("ASHIM_TOY_BAD_HOW", how)


def works(client: ToolClient) -> bool:
    """Say whether everything else goes on: tools, results that are kept, pages, the document."""
    answers = [
        post(client),
        post(client, Accept="application/json"),
        client.http.get("/api/v1/openapi.json"),
        client.http.get("/"),
        client.http.get("/output/none"),
    ]
    return [answer.status_code for answer in answers] == [200, 200, 200, 200, 404]


def test_it_does_nothing_wrong_unless_it_is_told_to(extended: Extended) -> None:
    client = extended("toy-bad", "toy-pages", "toy-api")
    assert fate(client, "toy-bad").status == "loaded"
    assert client.http.get("/api/toy-bad").text == "here"


@pytest.mark.parametrize("how", ["raise", "exit", "hang", "rubbish"])
@pytest.mark.parametrize("hook", AT_THE_START)
def test_at_the_start(
    extended: Extended,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    hook: str,
    how: str,
) -> None:
    badly(monkeypatch, hook, how)
    client = extended("toy-bad", "toy-pages", "toy-api", workers=hook == "ashim_executor")
    bad = fate(client, "toy-bad")
    assert bad.status == "failed"
    assert hook in (bad.reason or "") or how == "rubbish"
    assert bad.next_step
    assert {fate(client, name).status for name in ("toy-pages", "toy-api")} == {"loaded"}
    listed: Any = client.http.get("/api/v1/plugins").get_json()["plugins"]
    assert [item["reason"] for item in listed if item["name"] == "toy-bad"] == [bad.reason]
    if hook == "ashim_storage":
        assert post(client).status_code == 200
        assert post(client, Accept="application/json").status_code == 503
    else:
        assert works(client)


@pytest.mark.parametrize("how", ["raise", "exit", "hang", "rubbish"])
def test_who_somebody_is(
    extended: Extended,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    how: str,
) -> None:
    badly(monkeypatch, "ashim_identify", how)
    client = extended("toy-bad", "toy-notes", auth_enabled=True)
    for _ in range(12):
        assert client.http.get("/api/auth/session").status_code == 401
    assert "plugin toy-bad" in caplog.text
    known = client.http.get(
        "/api/auth/session",
        headers={"X-Toy-User": "admin"},
        environ_overrides={"REMOTE_ADDR": "192.0.2.1"},
    )
    assert known.get_json()["user"]["username"] == "admin", "expected the next one to be asked"
    if how == "hang":
        assert "isn't called: too many wait for it" in caplog.text


@pytest.mark.parametrize("how", ["raise", "exit", "hang"])
def test_what_has_happened(
    extended: Extended,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    how: str,
) -> None:
    monkeypatch.setattr(events, "_STOP_S", 0.2)
    badly(monkeypatch, "ashim_event", how)
    client = extended("toy-bad", "toy-notes")
    with caplog.at_level(logging.ERROR):
        post(client)
        until(lambda: client.core.store and _heard(client))
    if how != "hang":
        until(lambda: "plugin toy-bad failed at job.completed" in caplog.text)


@pytest.mark.parametrize("how", ["raise", "exit", "hang"])
def test_when_it_shall_stop(
    extended: Extended,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    how: str,
) -> None:
    client = extended("toy-bad", "toy-notes")
    badly(monkeypatch, "stop", how)
    client.core.extensions.close()
    assert "plugin toy-bad" in caplog.text
    assert PluginData(client.core.store, "toy-notes").get("state") == "stopped"


def _heard(client: ToolClient) -> bool:
    return bool(PluginData(client.core.store, "toy-notes").items("event/"))


def test_authors_may_have_it_stop_the_server(
    extended: Extended, monkeypatch: pytest.MonkeyPatch
) -> None:
    badly(monkeypatch, "ashim_sites", "raise")
    with pytest.raises(RuntimeError, match=r"toy-bad .*ashim_sites\(\) failed: ZeroDivisionError"):
        extended("toy-bad", strict_plugins=True)


def test_a_whole_server_without_plugins_has_no_thread_of_theirs(extended: Extended) -> None:
    client = extended()
    assert isinstance(client.core.extensions, Extensions)
    assert client.core.extensions.plugins == [
        plugin for plugin in client.core.extensions.plugins if plugin.status == "skipped"
    ]


def test_one_that_was_left_out_hears_of_nothing_any_more(extended: Extended) -> None:
    client = extended("toy-notes")
    fate(client, "toy-notes").status = "failed"
    post(client)
    client.core.events.close()
    assert not _heard(client)
