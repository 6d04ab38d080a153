"""A package that listens, works beside the requests, knows people, and has a command."""

import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ashim_core.backup.save import save
from ashim_core.cli.main import main
from ashim_core.extensions.data import PluginData
from ashim_core.testing import ToolClient
from tests.extensions.conftest import Extended, post
from tests.patience import until

PROXY = {"REMOTE_ADDR": "192.0.2.1"}
OWN = {"X-Ashim-Page": "1"}


def notes(client: ToolClient) -> Any:
    return PluginData(client.core.store, "toy-notes")


def ask(client: ToolClient, peer: str = "192.0.2.1", method: str = "GET", **headers: str) -> Any:
    """Ask who one is, or change something, as a proxy hands it on."""
    path = "/api/auth/session" if method == "GET" else "/api/v1/pipeline/save"
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    body = {"name": "mine", "steps": [{"toolId": "same"}]} if method == "POST" else None
    return client.http.open(
        path, method=method, headers=names, json=body, environ_overrides={"REMOTE_ADDR": peer}
    )


def test_it_hears_of_what_has_happened(extended: Extended) -> None:
    client = extended("toy-notes")
    answer = post(client)
    until(lambda: notes(client).items("event/"))
    ((_, heard),) = notes(client).items("event/")
    assert (heard["name"], heard["jobId"]) == ("job.completed", answer.headers["X-Job-Id"])


def test_what_it_starts_runs_until_the_server_stops(extended: Extended) -> None:
    client = extended("toy-notes")
    until(lambda: notes(client).get("state") == "running")
    client.core.extensions.close()
    assert notes(client).get("state") == "stopped"


def test_somebody_whom_it_knows_has_the_rights_of_their_account(extended: Extended) -> None:
    client = extended("toy-notes", auth_enabled=True)
    assert ask(client).status_code == 401
    assert ask(client, X_Toy_User="ada").status_code == 401, "expected no account to be made"
    made = ask(client, X_Toy_User="ada", X_Toy_New="1").get_json()["user"]
    assert (made["username"], made["role"], made["mustChangePassword"]) == ("ada", "user", False)
    again = ask(client, X_Toy_User="ADA").get_json()["user"]
    assert again["id"] == made["id"]
    assert ask(client, X_Toy_User="admin").get_json()["user"]["role"] == "admin"


def test_from_anywhere_else_it_is_nobody(extended: Extended) -> None:
    client = extended("toy-notes", auth_enabled=True)
    for peer in ("192.0.2.2", "127.0.0.1"):
        assert ask(client, peer, X_Toy_User="admin").status_code == 401


def test_a_role_there_becomes_the_one_here(extended: Extended) -> None:
    client = extended("toy-notes", auth_enabled=True)
    for role in ("editor", "user", "admin", "user"):
        answer = ask(client, X_Toy_User="ada", X_Toy_New="1", X_Toy_Role=role)
        assert answer.get_json()["user"]["role"] == role
    refused = ask(client, X_Toy_User="ada", X_Toy_Role="duke")
    assert (refused.status_code, refused.get_json()["code"]) == (403, "FORBIDDEN")
    kept = ask(client, X_Toy_User="admin", X_Toy_Role="user").get_json()["user"]
    assert kept["role"] == "admin", "expected the only administrator to stay one"


def test_what_is_changed_needs_the_header_that_forms_cannot_send(extended: Extended) -> None:
    client = extended("toy-notes", auth_enabled=True)
    ada = {"X_Toy_User": "ada", "X_Toy_New": "1"}
    assert ask(client, method="POST", **ada).status_code == 403
    assert ask(client, method="POST", **ada, X_Ashim_Page="1").status_code == 201


def test_a_token_goes_before_what_it_knows(extended: Extended) -> None:
    client = extended("toy-notes", auth_enabled=True)
    login = {"username": "admin", "password": "admin"}
    local = {"environ_overrides": {"REMOTE_ADDR": "127.0.0.1"}}
    token = client.http.post("/api/auth/login", json=login, **local).get_json()["token"]
    answer = ask(client, X_Toy_User="ada", X_Toy_New="1", Authorization=f"Bearer {token}")
    assert answer.get_json()["user"]["username"] == "admin"


@pytest.mark.parametrize("name", ["", "a b", "a" * 101, "ä", "a/b", "a\t"])
def test_names_that_no_account_can_have(extended: Extended, name: str) -> None:
    client = extended("toy-notes", auth_enabled=True)
    answer = ask(client, X_Toy_User=name, X_Toy_New="1")
    assert (answer.status_code, answer.get_json()["code"]) == (403, "FORBIDDEN")


def test_there_is_room_for_so_many_accounts(extended: Extended) -> None:
    client = extended("toy-notes", auth_enabled=True, max_users=2)
    assert ask(client, X_Toy_User="ada", X_Toy_New="1").status_code == 200
    refused = ask(client, X_Toy_User="bob", X_Toy_New="1")
    assert (refused.status_code, refused.get_json()["code"]) == (403, "USER_LIMIT_REACHED")


def test_its_command_works_beside_the_server_and_the_help_names_it(
    extended: Extended, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = extended("toy-notes")
    post(client)
    until(lambda: notes(client).items("event/"))
    monkeypatch.setenv("DATA_DIR", str(client.core.config.data_dir))
    said = CliRunner().invoke(main, ["toy-notes"])
    assert (said.exit_code, said.output.strip()) == (0, "job.completed")
    assert re.search(r"toy-notes +toy-notes 1\.0", CliRunner().invoke(main, ["--help"]).output)


def test_what_it_keeps_is_in_backups(extended: Extended, tmp_path: Path) -> None:
    client = extended("toy-notes")
    notes(client).set("a", "b")
    target = tmp_path / "backup.tar.gz"
    manifest = save(client.core.store, client.core.config.data_dir, target)
    assert manifest.rows["plugin_data"] >= 1
