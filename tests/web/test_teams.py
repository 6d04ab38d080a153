"""Teams: who sees them, what they may be called, and which stay."""

from typing import Any

import pytest

from ashim_core.testing import MakeClient, ToolClient
from tests.web.people import PASSWORD, open_server, refusal, root, wrong_fields

TEAMS = "/api/v1/teams"
DEFAULT = "default-team-00000000"


def create(client: ToolClient, name: str) -> str:
    """Make a team; give its id."""
    answer: Any = client.http.post(TEAMS, json={"name": name}).json
    return str(answer["id"])


def member(client: ToolClient, username: str, team: str) -> str:
    """Make an account in a team; give its id."""
    account = {"username": username, "password": PASSWORD, "team": team}
    response: Any = client.http.post("/api/auth/register", json=account)
    assert response.status_code == 201, response.text
    return str(response.json["id"])


def teams(client: ToolClient) -> dict[str, int]:
    """Give the names of all teams, in their order, with the number of their members."""
    answer: Any = client.http.get(TEAMS).json
    return {team["name"]: team["memberCount"] for team in answer["teams"]}


def test_a_new_server_has_one_team_with_the_first_administrator(client: ToolClient) -> None:
    answer: Any = client.http.get(TEAMS).json
    (team,) = answer["teams"]
    assert team.keys() == {"id", "name", "memberCount", "createdAt"}
    assert (team["id"], team["name"], team["memberCount"]) == (DEFAULT, "Default", 1)
    assert team["createdAt"].endswith("Z")


def test_whoever_is_signed_in_sees_the_teams(ashim: MakeClient) -> None:
    client = open_server(ashim)
    answer = root(client).register("user")("GET", TEAMS)
    assert answer.status_code == 200
    assert [(team["name"], team["memberCount"]) for team in answer.json["teams"]] == [
        ("Default", 2)
    ]
    assert refusal(client.http.get(TEAMS)) == (401, "AUTH_REQUIRED")


def test_members_are_counted_where_they_are(client: ToolClient) -> None:
    research = create(client, "Research")
    by_name = member(client, "by.name", "research")
    member(client, "by.id", research)
    assert teams(client) == {"Default": 1, "Research": 2}
    client.http.put(f"/api/auth/users/{by_name}", json={"team": "Default"})
    assert teams(client) == {"Default": 2, "Research": 1}


def test_a_team_is_made_and_listed_by_name(client: ToolClient) -> None:
    response: Any = client.http.post(TEAMS, json={"name": "Zoo"})
    assert response.status_code == 201
    assert response.json == {"id": response.json["id"], "name": "Zoo"}
    assert len(response.json["id"]) == 32
    create(client, "archive")
    assert list(teams(client)) == ["archive", "Default", "Zoo"]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("  Research\u00a0 ", "Research"),
        ("x" * 50, "x" * 50),
        ("Cafe\u0301", "Caf\u00e9"),
        ("研究", "研究"),
        ("R&D <b>", "R&D <b>"),
    ],
    ids=["spaces around", "50 characters", "composed", "Chinese", "angle brackets"],
)
def test_names_are_kept_as_they_are_shown(client: ToolClient, sent: str, kept: str) -> None:
    answer: Any = client.http.post(TEAMS, json={"name": sent}).json
    assert answer["name"] == kept
    assert kept in teams(client)


@pytest.mark.parametrize(
    "name",
    ["", " ", "\u3000", "x" * 51, "a\nb", "a\0b", "Re\u200bsearch", "\u202ehcraeseR", "a\u2028b"],
    ids=ascii,
)
def test_names_that_are_no_names_are_refused(client: ToolClient, name: str) -> None:
    team = create(client, "Other")
    for response in (
        client.http.post(TEAMS, json={"name": name}),
        client.http.put(f"{TEAMS}/{team}", json={"name": name}),
    ):
        assert wrong_fields(response) == ["name"]
    assert list(teams(client)) == ["Default", "Other"]


@pytest.mark.parametrize(
    ("there", "name"),
    [
        ("Research", "Research"),
        ("Research", "rESEARCH"),
        ("Research", " research "),
        ("Straße", "STRASSE"),
        ("Caf\u00e9", "cafe\u0301"),
        ("ΟΔΟΣ", "οδος"),
    ],
)
def test_the_same_name_in_other_letters_is_a_conflict(
    client: ToolClient, there: str, name: str
) -> None:
    create(client, there)
    other = create(client, "Other")
    for response in (
        client.http.post(TEAMS, json={"name": name}),
        client.http.put(f"{TEAMS}/{other}", json={"name": name}),
    ):
        body: Any = response.json
        assert refusal(response) == (409, "CONFLICT")
        assert [item["field"] for item in body["details"]] == ["name"]
    assert teams(client).keys() == {"Default", "Other", there}


@pytest.mark.parametrize(
    "twin",
    ["\uff32esearch", "R\u0435search", "Resear\u0441h", "Rese\u03b1rch"],
    ids=["fullwidth R", "Cyrillic e", "Cyrillic c", "Greek a"],
)
def test_a_name_that_looks_like_another_is_refused(client: ToolClient, twin: str) -> None:
    create(client, "Research")
    other = create(client, "Other")
    for response in (
        client.http.post(TEAMS, json={"name": twin}),
        client.http.put(f"{TEAMS}/{other}", json={"name": twin}),
    ):
        body: Any = response.json
        assert wrong_fields(response) == ["name"]
        assert "looks like 'Research'" in body["details"][0]["received"]
        assert ascii(twin) in body["details"][0]["received"]


def test_a_team_is_renamed(client: ToolClient) -> None:
    team = create(client, "Research")
    member(client, "anna", team)
    response = client.http.put(f"{TEAMS}/{team}", json={"name": " Development "})
    assert (response.status_code, response.json) == (200, {"ok": True})
    assert teams(client) == {"Default": 1, "Development": 1}
    users: Any = client.http.get("/api/auth/users").json
    assert {user["username"]: user["team"] for user in users["users"]}["anna"] == "Development"


def test_a_team_may_keep_its_name_in_other_letters(client: ToolClient) -> None:
    team = create(client, "Research")
    assert client.http.put(f"{TEAMS}/{team}", json={"name": "RESEARCH"}).status_code == 200
    assert client.http.put(f"{TEAMS}/{team}", json={"name": "RESEARCH"}).status_code == 200
    assert "RESEARCH" in teams(client)


def test_the_default_team_may_be_renamed_and_stays_the_default(client: ToolClient) -> None:
    assert client.http.put(f"{TEAMS}/{DEFAULT}", json={"name": "All"}).status_code == 200
    account = {"username": "anna", "password": PASSWORD}
    answer: Any = client.http.post("/api/auth/register", json=account).json
    assert answer["team"] == "All"


def test_an_empty_team_is_deleted(client: ToolClient) -> None:
    team = create(client, "Research")
    response = client.http.delete(f"{TEAMS}/{team}")
    assert (response.status_code, response.json) == (200, {"ok": True})
    assert list(teams(client)) == ["Default"]
    assert create(client, "research") != team


def test_a_team_with_members_is_not_deleted(client: ToolClient) -> None:
    team = create(client, "Research")
    user = member(client, "anna", team)
    response: Any = client.http.delete(f"{TEAMS}/{team}")
    assert refusal(response) == (400, "VALIDATION_ERROR")
    assert "'Research' has members" in response.json["message"]
    assert teams(client)["Research"] == 1
    client.http.put(f"/api/auth/users/{user}", json={"team": DEFAULT})
    assert client.http.delete(f"{TEAMS}/{team}").status_code == 200


def test_the_default_team_is_not_deleted_even_when_nobody_is_in_it(client: ToolClient) -> None:
    team = create(client, "Research")
    users: Any = client.http.get("/api/auth/users").json
    for user in users["users"]:
        client.http.put(f"/api/auth/users/{user['id']}", json={"team": team})
    assert teams(client)["Default"] == 0
    response: Any = client.http.delete(f"{TEAMS}/{DEFAULT}")
    assert refusal(response) == (400, "VALIDATION_ERROR")
    assert "default team" in response.json["message"]


@pytest.mark.parametrize("team", ["nothing", "Default", "0" * 32, "' OR 1=1 --"])
def test_a_team_that_is_not_there_is_not_found(client: ToolClient, team: str) -> None:
    assert refusal(client.http.delete(f"{TEAMS}/{team}")) == (404, "NOT_FOUND")
    renaming = client.http.put(f"{TEAMS}/{team}", json={"name": "Research"})
    assert refusal(renaming) == (404, "NOT_FOUND")


def test_a_deleted_team_is_not_there_any_more(client: ToolClient) -> None:
    team = create(client, "Research")
    client.http.delete(f"{TEAMS}/{team}")
    assert refusal(client.http.delete(f"{TEAMS}/{team}")) == (404, "NOT_FOUND")
    account = {"username": "anna", "password": PASSWORD, "team": team}
    response = client.http.post("/api/auth/register", json=account)
    assert wrong_fields(response) == ["team"]


def test_what_is_done_to_teams_is_written_down(client: ToolClient) -> None:
    team = create(client, "Research")
    client.http.put(f"{TEAMS}/{team}", json={"name": "Development"})
    client.http.delete(f"{TEAMS}/{team}")
    client.http.post(TEAMS, json={"name": "Default"})
    log: Any = client.http.get("/api/v1/audit-log").json
    assert [
        (entry["action"], entry["targetType"], entry["targetId"], entry["details"])
        for entry in log["entries"]
    ] == [
        ("TEAM_DELETED", "team", team, {"name": "Development"}),
        ("TEAM_UPDATED", "team", team, {"name": "Development", "before": "Research"}),
        ("TEAM_CREATED", "team", team, {"name": "Research"}),
    ]
