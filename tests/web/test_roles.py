"""Roles: the built-in ones, one's own, and what a change does to those who have them."""

from typing import Any

import pytest

from ashim_core.policy import BUILTIN_ROLES
from ashim_core.testing import MakeClient, ToolClient
from tests.web.people import Person, ask, bearer, open_server, refusal, root, wrong_fields

ROLES = "/api/v1/roles"
AUDIT = "/api/v1/audit-log"


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return open_server(ashim)


@pytest.fixture
def admin(client: ToolClient) -> Person:
    return root(client)


def create(person: Person, name: str, *permissions: str) -> str:
    """Make a role; give its id."""
    answer = person("POST", ROLES, {"name": name, "permissions": list(permissions)})
    assert answer.status_code == 201, answer.text
    return str(answer.json["id"])


def roles(person: Person) -> dict[str, Any]:
    """Give all roles by their names, in their order."""
    return {role["name"]: role for role in person("GET", ROLES).json["roles"]}


def test_three_roles_are_built_in(admin: Person) -> None:
    found = roles(admin)
    assert list(found) == ["admin", "editor", "user"]
    for name, role in found.items():
        assert (role["id"], role["isBuiltin"]) == (f"builtin-{name}", True)
        assert role["permissions"] == sorted(BUILTIN_ROLES[name])
        assert role["createdAt"] == role["updatedAt"]
    assert [role["userCount"] for role in found.values()] == [1, 0, 0]


def test_a_role_is_made_in_lower_case(admin: Person) -> None:
    body = {"name": "Audit-Team_1", "permissions": ["tools:use", "audit:read", "tools:use"]}
    answer = admin("POST", ROLES, body | {"description": "Reads the log."})
    assert answer.status_code == 201
    assert answer.json == {
        "id": answer.json["id"],
        "name": "audit-team_1",
        "description": "Reads the log.",
        "permissions": ["audit:read", "tools:use"],
        "isBuiltin": False,
    }
    listed = roles(admin)["audit-team_1"]
    assert listed["userCount"] == 0
    assert answer.json.items() <= listed.items()


def test_built_in_roles_come_first(admin: Person) -> None:
    create(admin, "aaa", "tools:use")
    create(admin, "zzz", "tools:use")
    assert list(roles(admin)) == ["admin", "editor", "user", "aaa", "zzz"]


@pytest.mark.parametrize("name", BUILTIN_ROLES)
def test_built_in_roles_stay_as_they_are(admin: Person, name: str) -> None:
    before = roles(admin)
    for method, body in (
        ("PUT", {"permissions": ["tools:use"]}),
        ("PUT", {"name": "other"}),
        ("PUT", {"description": "x"}),
        ("DELETE", None),
    ):
        answer = admin(method, f"{ROLES}/builtin-{name}", body)
        assert refusal(answer) == (400, "VALIDATION_ERROR")
        assert "built in" in answer.json["message"]
    assert roles(admin) == before


@pytest.mark.parametrize(
    "name",
    ["a", "x" * 31, "", "two words", "röle", "a\n", "au\u200bdit", "\uff41udit", "r\u043ele"],
    ids=ascii,
)
def test_names_of_other_letters_or_lengths_are_refused(admin: Person, name: str) -> None:
    role = create(admin, "other", "tools:use")
    made = admin("POST", ROLES, {"name": name, "permissions": ["tools:use"]})
    assert wrong_fields(made) == ["name"]
    assert wrong_fields(admin("PUT", f"{ROLES}/{role}", {"name": name})) == ["name"]
    assert list(roles(admin))[3:] == ["other"]


@pytest.mark.parametrize("name", ["ab", "x" * 30, "0-9_a"])
def test_names_of_two_to_thirty_characters_are_accepted(admin: Person, name: str) -> None:
    create(admin, name, "tools:use")
    assert name in roles(admin)


@pytest.mark.parametrize("name", ["auditors", "AUDITORS", "Admin", "user"])
def test_a_name_that_is_taken_is_a_conflict(admin: Person, name: str) -> None:
    create(admin, "auditors", "audit:read")
    other = create(admin, "other", "tools:use")
    for answer in (
        admin("POST", ROLES, {"name": name, "permissions": ["tools:use"]}),
        admin("PUT", f"{ROLES}/{other}", {"name": name}),
    ):
        assert refusal(answer) == (409, "CONFLICT")
        assert answer.json["details"] == [
            {"field": "name", "expected": "a new name", "received": name.lower()}
        ]


@pytest.mark.parametrize(
    ("permissions", "field"),
    [
        (["tools:use", "tools:own"], "permissions.1"),
        (["TOOLS:USE"], "permissions.0"),
        ([""], "permissions.0"),
        ([None], "permissions.0"),
        ([["tools:use"]], "permissions.0"),
        ([], "permissions"),
        ("tools:use", "permissions"),
    ],
)
def test_permissions_have_to_be_known_ones(admin: Person, permissions: Any, field: str) -> None:
    role = create(admin, "other", "tools:use")
    for answer in (
        admin("POST", ROLES, {"name": "auditors", "permissions": permissions}),
        admin("PUT", f"{ROLES}/{role}", {"permissions": permissions}),
    ):
        assert wrong_fields(answer) == [field]
    assert roles(admin)["other"]["permissions"] == ["tools:use"]


def test_a_role_needs_permissions(admin: Person) -> None:
    assert wrong_fields(admin("POST", ROLES, {"name": "auditors"})) == ["permissions"]


def test_a_description_has_an_end(admin: Person) -> None:
    body = {"name": "auditors", "permissions": ["tools:use"], "description": "x" * 500}
    assert wrong_fields(admin("POST", ROLES, body | {"description": "x" * 501})) == ["description"]
    assert admin("POST", ROLES, body).status_code == 201


def test_each_part_of_a_role_changes_alone(admin: Person) -> None:
    role = create(admin, "auditors", "audit:read")
    path = f"{ROLES}/{role}"
    before = roles(admin)["auditors"]
    assert admin("PUT", path, {"description": "Read the log."}).json == {"ok": True}
    assert admin("PUT", path, {"name": "Revision"}).status_code == 200
    assert admin("PUT", path, {"permissions": ["tools:use", "audit:read"]}).status_code == 200
    after = roles(admin)["revision"]
    assert after["permissions"] == ["audit:read", "tools:use"]
    assert (after["id"], after["description"]) == (role, "Read the log.")
    assert after["createdAt"] == before["createdAt"]
    assert after["updatedAt"] > before["updatedAt"]


def test_a_role_may_keep_its_name(admin: Person) -> None:
    role = create(admin, "auditors", "audit:read")
    assert admin("PUT", f"{ROLES}/{role}", {"name": "Auditors"}).status_code == 200


@pytest.mark.parametrize("role", ["nothing", "admin", "0" * 32])
def test_a_role_that_is_not_there_is_not_found(admin: Person, role: str) -> None:
    assert refusal(admin("PUT", f"{ROLES}/{role}", {"name": "x1"})) == (404, "NOT_FOUND")
    assert refusal(admin("DELETE", f"{ROLES}/{role}")) == (404, "NOT_FOUND")


def test_nobody_makes_or_changes_a_role_that_can_do_more_than_they(admin: Person) -> None:
    manager = admin.register(admin.role("users:manage", "tools:use"))
    strong = create(admin, "strong", "audit:read", "tools:use")
    weak = create(manager, "weak", "tools:use")
    before = roles(admin)
    for answer in (
        manager("POST", ROLES, {"name": "mine", "permissions": ["tools:use", "audit:read"]}),
        manager("PUT", f"{ROLES}/{weak}", {"permissions": ["tools:use", "audit:read"]}),
        manager("PUT", f"{ROLES}/{strong}", {"permissions": ["tools:use"]}),
        manager("PUT", f"{ROLES}/{strong}", {"name": "other"}),
        manager("DELETE", f"{ROLES}/{strong}"),
    ):
        assert refusal(answer) == (403, "ESCALATION_DENIED")
        assert "audit:read" in answer.json["message"]
    assert roles(admin) == before
    assert manager("PUT", f"{ROLES}/{weak}", {"permissions": ["users:manage"]}).status_code == 200
    assert manager("DELETE", f"{ROLES}/{weak}").status_code == 200


def test_a_change_acts_on_the_next_request_of_sessions_and_keys(
    client: ToolClient, admin: Person
) -> None:
    role = create(admin, "auditors", "audit:read", "apikeys:own")
    auditor = admin.register("auditors")
    whole = bearer(auditor.key()["key"])
    scoped = bearer(auditor.key(permissions=["audit:read"])["key"])

    def statuses() -> list[int]:
        tokens = (auditor.headers, whole, scoped)
        return [ask(client, "GET", AUDIT, headers=token).status_code for token in tokens]

    assert statuses() == [200, 200, 200]
    admin("PUT", f"{ROLES}/{role}", {"permissions": ["apikeys:own"]})
    assert statuses() == [403, 403, 403]
    assert auditor("GET", "/api/auth/session").json["user"]["permissions"] == ["apikeys:own"]
    admin("PUT", f"{ROLES}/{role}", {"permissions": ["audit:read", "settings:read"]})
    assert statuses() == [200, 200, 200]
    settings = [
        ask(client, "GET", "/api/v1/settings", headers=token).status_code
        for token in (auditor.headers, whole, scoped)
    ]
    assert settings == [200, 200, 403]


def test_a_renamed_role_keeps_its_users(admin: Person) -> None:
    role = create(admin, "auditors", "audit:read")
    auditor = admin.register("auditors")
    admin("PUT", f"{ROLES}/{role}", {"name": "revision"})
    assert auditor("GET", "/api/auth/session").json["user"]["role"] == "revision"
    assert roles(admin)["revision"]["userCount"] == 1


def test_those_who_had_a_deleted_role_are_users(client: ToolClient, admin: Person) -> None:
    role = create(admin, "auditors", "audit:read", "apikeys:own")
    auditor = admin.register("auditors")
    key = bearer(auditor.key()["key"])
    assert roles(admin)["auditors"]["userCount"] == 1
    answer = admin("DELETE", f"{ROLES}/{role}")
    assert (answer.status_code, answer.json) == (200, {"ok": True})
    me = auditor("GET", "/api/auth/session").json["user"]
    assert (me["role"], me["permissions"]) == ("user", sorted(BUILTIN_ROLES["user"]))
    for headers in (auditor.headers, key):
        assert refusal(ask(client, "GET", AUDIT, headers=headers)) == (403, "FORBIDDEN")
    assert [(role["name"], role["userCount"]) for role in roles(admin).values()] == [
        ("admin", 1),
        ("editor", 0),
        ("user", 1),
    ]


def test_a_deleted_role_can_be_given_to_nobody(admin: Person) -> None:
    admin("DELETE", f"{ROLES}/{create(admin, 'auditors', 'audit:read')}")
    account = {"username": "anna", "password": "correct horse battery", "role": "auditors"}
    answer = admin("POST", "/api/auth/register", account)
    assert wrong_fields(answer) == ["role"]
    assert answer.json["details"][0]["expected"] == "one of admin, editor, user"


def test_what_is_done_to_roles_is_written_down(admin: Person) -> None:
    role = create(admin, "auditors", "audit:read")
    admin("PUT", f"{ROLES}/{role}", {"name": "revision", "permissions": ["tools:use"]})
    admin("DELETE", f"{ROLES}/{role}")
    log = admin("GET", f"{AUDIT}?limit=3").json["entries"]
    assert {(entry["actorUsername"], entry["targetType"], entry["targetId"]) for entry in log} == {
        ("admin", "role", role)
    }
    assert [(entry["action"], entry["details"]) for entry in log] == [
        ("ROLE_DELETED", {"name": "revision"}),
        ("ROLE_UPDATED", {"name": "revision", "permissions": ["tools:use"]}),
        ("ROLE_CREATED", {"name": "auditors"}),
    ]
