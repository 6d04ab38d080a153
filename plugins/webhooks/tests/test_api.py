"""The API of webhooks: one's own, and refusals that say what was expected."""

from typing import Any

import pytest
from ashim_webhooks import plugin
from ashim_webhooks.command import webhooks
from click.testing import CliRunner

from ashim_core.testing import MakeClient, ToolClient
from tests.patience import until
from tests.receivers import Receiver, ask, deliveries, new_hook, run_tool
from tests.web.people import admin as admin_headers
from tests.web.people import root

URL = "https://hook.example/x"


def test_a_webhook_from_its_begin_to_its_end(client: ToolClient) -> None:
    made = ask(client, "POST", body={"url": URL, "description": "mine"})
    assert made["secret"].startswith("whsec_")
    known = {name: value for name, value in made.items() if name != "secret"}
    assert ask(client, "GET", f"/{made['id']}") == known
    assert ask(client, "GET") == {"webhooks": [known]}
    changed = ask(client, "PUT", f"/{made['id']}", {"events": ["file.created"], "enabled": False})
    assert changed == {**known, "events": ["file.created"], "enabled": False}
    assert ask(client, "DELETE", f"/{made['id']}") == {"ok": True}
    assert ask(client, "GET", f"/{made['id']}")["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "url"),
        ({"url": "ftp://hook.example"}, "url"),
        ({"url": "hook.example"}, "url"),
        ({"url": "https://ada:secret@hook.example"}, "url"),
        ({"url": "https://hook.example/#a"}, "url"),
        ({"url": "https://hook.example/a b"}, "url"),
        ({"url": "https://hook.example:0/"}, "url"),
        ({"url": "https://hook.example:99999/"}, "url"),
        ({"url": "https://h\u00f6ok.example/"}, "url"),
        ({"url": "https://hook.example/" + "a" * 2000}, "url"),
        ({"url": URL, "events": []}, "events"),
        ({"url": URL, "events": ["job.begun"]}, "events"),
        ({"url": URL, "event": ["job.failed"]}, "event"),
        ({"url": URL, "secret": "mine"}, "secret"),
    ],
)
def test_what_is_wrong_is_named(client: ToolClient, body: Any, field: str) -> None:
    refused = ask(client, "POST", body=body)
    assert refused["code"] == "VALIDATION_ERROR"
    assert refused["details"][0]["field"].startswith(field)
    assert ask(client, "GET") == {"webhooks": []}


def test_there_is_an_end_to_how_many(client: ToolClient) -> None:
    for _ in range(20):
        assert "secret" in ask(client, "POST", body={"url": URL})
    assert "at most 20" in ask(client, "POST", body={"url": URL})["error"]


@pytest.mark.parametrize("id", ["0" * 32, "x", "a/b", "%2e%2e", "ä", "a:b"])
def test_ids_that_nothing_has(client: ToolClient, id: str) -> None:
    hook = ask(client, "POST", body={"url": URL})
    assert ask(client, "GET", f"/{id}")["code"] == "NOT_FOUND"
    assert ask(client, "GET", f"/{id}/deliveries")["code"] == "NOT_FOUND"
    path = f"/{hook['id']}/deliveries/{id}/redeliver"
    assert ask(client, "POST", path)["code"] == "NOT_FOUND"


def test_what_belongs_to_others_is_not_there(
    ashim: MakeClient, variables: pytest.MonkeyPatch
) -> None:
    client = ashim(server=[plugin], auth_enabled=True, skip_must_change_password=True)
    assert ask(client, "GET")["code"] == "AUTH_REQUIRED"
    own: Any = {"headers": admin_headers(client)}
    hook = ask(client, "POST", body={"url": URL}, **own)
    ada: Any = {"headers": root(client).register(name="Ada").headers}
    path = f"/{hook['id']}"
    for method, more in (("GET", ""), ("DELETE", ""), ("POST", "/test"), ("GET", "/deliveries")):
        assert ask(client, method, path + more, **ada)["code"] == "NOT_FOUND"
    assert ask(client, "GET", **ada) == {"webhooks": []}
    assert ask(client, "GET", path, **own)["id"] == hook["id"]


def test_it_is_in_the_document(client: ToolClient) -> None:
    paths: Any = client.http.get("/api/v1/openapi.json").get_json()["paths"]
    assert "/api/v1/webhooks/{webhookId}/rotate-secret" in paths
    assert paths["/api/v1/webhooks"]["post"]["summary"].startswith("Have events sent")


def test_operators_see_those_of_everybody(
    client: ToolClient, there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = new_hook(client, there)
    run_tool(client)
    until(lambda: [it["status"] for it in deliveries(client, hook)] == ["delivered"])
    monkeypatch.setenv("DATA_DIR", str(client.core.config.data_dir))
    listed = CliRunner().invoke(webhooks, ["list"]).output
    assert listed == f"{hook['id']}  on   {there.url}\n"
    sent = CliRunner().invoke(webhooks, ["deliveries", hook["id"]]).output
    assert "job.completed    delivered  1  200" in sent
    assert CliRunner().invoke(webhooks, ["deliveries", hook["id"], "--failed"]).output == ""
