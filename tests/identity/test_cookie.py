"""The session of a browser: what the cookie says, and for whom it counts."""

from pathlib import Path
from typing import Any

import pytest
from werkzeug.http import parse_cookie

from ashim_core.testing import MakeClient, ToolClient
from ashim_core.testing.client import make_client
from tests.data import plain
from tests.web.people import PASSWORD, Person, open_server

OWN = {"X-Ashim-Page": "1"}
TLS = {"wsgi.url_scheme": "https"}


def sign_in(client: ToolClient, name: str = "admin", **more: Any) -> Any:
    body = {"username": name, "password": "admin" if name == "admin" else PASSWORD, "cookie": True}
    answer = client.http.post("/api/auth/login", json=body, **more)
    assert answer.status_code == 200, answer.text
    return answer


def flags(answer: Any) -> dict[str, str]:
    """Give the attributes of the one cookie that is set, in lower case; its name as `name`."""
    (line,) = answer.headers.getlist("Set-Cookie")
    first, *others = line.split("; ")
    pairs = (item.partition("=") for item in others)
    name, _, value = first.partition("=")
    return {"name": name, "value": value} | {key.lower(): value for key, _, value in pairs}


def new_file(client: ToolClient, **headers: str) -> int:
    """Ask for something that changes nothing but is no safe method."""
    answer = client.http.delete("/api/v1/files", json={"ids": ["0" * 32]}, headers=headers)
    return int(answer.status_code)


def test_the_token_is_in_the_cookie_alone(server: ToolClient) -> None:
    answer = sign_in(server)
    assert answer.get_json().keys() == {"user", "expiresAt"}
    found = flags(answer)
    assert found["name"].startswith("ashim_")
    assert len(found["name"]) == len("ashim_") + 8
    assert len(found["value"]) > 40
    assert found["value"] not in answer.text
    day = 24 * 3600
    assert day - 60 < int(found["max-age"]) <= day
    assert (found["samesite"], found["path"], found["httponly"]) == ("Strict", "/", "")
    assert "secure" not in found
    assert "domain" not in found


def test_over_tls_no_neighbour_can_set_it(server: ToolClient) -> None:
    found = flags(sign_in(server, environ_overrides=TLS))
    assert found["name"].startswith("__Host-ashim_")
    assert found["secure"] == ""
    plain_name = found["name"].removeprefix("__Host-")
    tossed = {"Cookie": f"{plain_name}={found['value']}"}
    overrides = {"environ_overrides": TLS}
    http = server.http.application.test_client(use_cookies=False)
    assert http.get("/api/auth/session", headers=tossed, **overrides).status_code == 401
    kept = {"Cookie": f"{found['name']}={found['value']}"}
    assert http.get("/api/auth/session", headers=kept, **overrides).status_code == 200


def test_below_a_prefix_it_is_that_paths_own(ashim: MakeClient) -> None:
    client = open_server(ashim, root_path="/pictures")
    found = flags(sign_in(client, environ_overrides=TLS))
    assert (found["path"], found["secure"]) == ("/pictures/", "")
    assert found["name"].startswith("ashim_")


def test_who_has_it_is_signed_in(server: ToolClient) -> None:
    sign_in(server)
    assert server.http.get("/api/auth/session").get_json()["user"]["username"] == "admin"
    sessions = server.http.get("/api/auth/sessions").get_json()["sessions"]
    assert [item["current"] for item in sessions] == [True]


def test_two_servers_of_one_host_do_not_take_each_others(tmp_path: Path) -> None:
    clients = [
        make_client(tmp_path / name, plain, auth_enabled=True, skip_must_change_password=True)
        for name in ("one", "two")
    ]
    first, second = (flags(sign_in(client)) for client in clients)
    assert first["name"] != second["name"]
    both = "; ".join(f"{one['name']}={one['value']}" for one in (first, second))
    for client in clients:
        http = client.http.application.test_client(use_cookies=False)
        assert http.get("/api/auth/session", headers={"Cookie": both}).status_code == 200
        client.close()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (OWN, 200),
        ({**OWN, "Sec-Fetch-Site": "same-origin"}, 200),
        ({**OWN, "Sec-Fetch-Site": "none"}, 200),
        ({}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 403),
        ({"X-Ashim-Page": "0"}, 403),
        ({**OWN, "Sec-Fetch-Site": "same-site"}, 403),
        ({**OWN, "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "http://localhost:8080"}, 403),
    ],
)
def test_nothing_is_changed_for_a_page_of_somebody_else(
    server: ToolClient, headers: dict[str, str], status: int
) -> None:
    sign_in(server)
    assert new_file(server, **headers) == status
    # What changes nothing can't be forged; what it says is kept from others by the browser.
    assert server.http.get("/api/v1/files", headers=headers).status_code == 200


def test_a_refusal_says_what_is_missing(server: ToolClient) -> None:
    sign_in(server)
    answer = server.http.post("/api/v1/tools/same")
    assert (answer.status_code, answer.get_json()["code"]) == (403, "CROSS_ORIGIN")
    assert "X-Ashim-Page: 1" in answer.get_json()["error"]


def test_a_form_of_another_page_neither_signs_out_nor_in(server: ToolClient) -> None:
    sign_in(server)
    form = {"username": "admin", "password": "admin", "cookie": "true"}
    assert server.http.post("/api/auth/login", data=form).status_code == 415
    plain_text = {"data": '{"username": "admin", "password": "admin"}'}
    answer = server.http.post("/api/auth/login", content_type="text/plain", **plain_text)
    assert answer.status_code == 415
    assert server.http.post("/api/auth/logout").status_code == 403
    assert server.http.get("/api/auth/session").status_code == 200


def test_other_origins_may_not_even_ask_with_the_header(ashim: MakeClient) -> None:
    origin = "https://gallery.example"
    client = open_server(ashim, cors_origin=(origin,))
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "DELETE",
        "Access-Control-Request-Headers": "x-ashim-page",
    }
    answer = client.http.options("/api/v1/files", headers=asked)
    assert "x-ashim-page" not in answer.headers.get("Access-Control-Allow-Headers", "").lower()
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_a_token_in_the_header_is_all_that_counts(server: ToolClient, user: Person) -> None:
    sign_in(server)
    right = {"Authorization": f"Bearer {user.token}"}
    asked = server.http.get("/api/auth/session", headers=right)
    assert asked.get_json()["user"]["username"] == user.username
    assert new_file(server, **right) == 200
    wrong = {"Authorization": "Bearer wrong"}
    assert server.http.get("/api/auth/session", headers=wrong).status_code == 401
    assert new_file(server, **wrong, **OWN) == 401


def test_signing_out_ends_the_session_and_clears_the_cookie(server: ToolClient) -> None:
    token = flags(sign_in(server))["value"]
    answer = server.http.post("/api/auth/logout", headers=OWN)
    found = flags(answer)
    assert (found["value"], found["max-age"]) == ("", "0")
    assert (found["path"], found["samesite"]) == ("/", "Strict")
    bearer = {"Authorization": f"Bearer {token}"}
    assert server.http.get("/api/auth/session", headers=bearer).status_code == 401
    assert server.http.get("/api/auth/session").status_code == 401


def test_one_that_has_ended_elsewhere_is_nobodys(server: ToolClient, admin: Person) -> None:
    sign_in(server)
    sessions = admin("GET", "/api/auth/sessions").get_json()["sessions"]
    (other,) = [item for item in sessions if not item["current"]]
    assert admin("DELETE", f"/api/auth/sessions/{other['id']}").status_code == 200
    assert server.http.get("/api/auth/session").status_code == 401
    assert new_file(server, **OWN) == 401


def test_a_bearer_signs_out_without_touching_cookies(server: ToolClient, user: Person) -> None:
    answer = user("POST", "/api/auth/logout")
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("value", ["", "x", "a" * 5000, '"quoted"', "\xff"])
def test_rubbish_in_the_cookie_is_nobody(server: ToolClient, value: str) -> None:
    name = flags(sign_in(server))["name"]
    http = server.http.application.test_client(use_cookies=False)
    answer = http.get("/api/auth/session", headers={"Cookie": f"{name}={value}"})
    assert answer.status_code == 401


def test_what_is_sent_back_is_what_was_set(server: ToolClient) -> None:
    """The letters of a token need no quotes in a cookie."""
    found = flags(sign_in(server))
    assert parse_cookie(f"{found['name']}={found['value']}")[found["name"]] == found["value"]
