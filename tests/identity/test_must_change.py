"""Whoever has a password from somebody else needs one of their own first."""

from ashim_core.testing import MakeClient
from tests.web.people import PASSWORD, Person, login, open_server, refusal, root

SESSION = "/api/auth/session"
SESSIONS = "/api/auth/sessions"


def test_whoever_must_change_the_password_can_do_nothing_else(ashim: MakeClient) -> None:
    server = open_server(ashim, skip_must_change_password=False)
    answer = login(server, "admin", "admin")
    assert answer.json["user"]["mustChangePassword"] is True
    user = Person(server, answer.json["user"]["id"], "admin", answer.json["token"])
    assert user("GET", SESSION).json["user"]["mustChangePassword"] is True
    closed = [
        *(("GET", SESSIONS), ("GET", "/api/v1/tools"), ("GET", "/api/auth/users")),
        *(("POST", "/api/v1/api-keys"), ("GET", "/api/v1/teams"), ("GET", "/api/v1/settings")),
    ]
    for method, path in closed:
        refused = user(method, path)
        assert refusal(refused) == (403, "MUST_CHANGE_PASSWORD")
        assert "POST /api/auth/change-password" in refused.json["message"]
    assert user.change_password(PASSWORD, current="admin").status_code == 200
    assert user("GET", SESSION).json["user"]["mustChangePassword"] is False
    for method, path in closed:
        assert user(method, path).status_code in (200, 201)


def test_whoever_must_change_the_password_can_sign_out(ashim: MakeClient) -> None:
    user = root(open_server(ashim, skip_must_change_password=False))
    assert user("POST", "/api/auth/logout").status_code == 200
    assert refusal(user("GET", SESSION)) == (401, "AUTH_REQUIRED")
