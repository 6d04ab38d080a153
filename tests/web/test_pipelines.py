"""Saved pipelines through the API: who sees which, what is refused, and what stays."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from ashim_essentials import resize

from ashim_core.testing import MakeClient, ToolClient
from ashim_core.testing.client import make_client
from tests.data import experimental, plain
from tests.web.people import Clock, Person, ask, iso, open_server, refusal, root, wrong_fields

PIPELINE = "/api/v1/pipeline"
SAVE, LIST, TOOLS = f"{PIPELINE}/save", f"{PIPELINE}/list", f"{PIPELINE}/tools"
STEPS = [{"toolId": "resize", "settings": {"width": 800}}, {"toolId": "same", "settings": {}}]


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(plain, resize, experimental)


@pytest.fixture
def admin(ashim: MakeClient) -> Person:
    return root(open_server(ashim))


def save(client: ToolClient, **body: Any) -> Any:
    """Try to save a pipeline; give the answer, whatever it is."""
    return ask(client, "POST", SAVE, {"name": "mine", "steps": STEPS, **body})


def saved(client: ToolClient, **body: Any) -> Any:
    """Save a pipeline; give its record."""
    answer = save(client, **body)
    assert answer.status_code == 201, answer.text
    return answer.json


def saved_by(person: Person, name: str = "mine") -> str:
    """Save a pipeline of somebody; give its id."""
    answer = person("POST", SAVE, {"name": name, "steps": [{"toolId": "same"}]})
    assert answer.status_code == 201, answer.text
    return str(answer.json["id"])


def names(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [pipeline["name"] for pipeline in answer.json["pipelines"]]


def test_a_saved_pipeline_comes_back(client: ToolClient, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    answer = save(client, description="For the web")
    assert answer.status_code == 201
    record = answer.json
    assert len(record["id"]) == 32
    assert record == {
        "id": record["id"],
        "name": "mine",
        "description": "For the web",
        "steps": STEPS,
        "createdAt": iso(clock.now),
        "updatedAt": iso(clock.now),
    }
    assert ask(client, "GET", f"{PIPELINE}/{record['id']}").json == record
    assert ask(client, "GET", LIST).json == {"pipelines": [record]}


def test_a_new_server_has_none(client: ToolClient) -> None:
    answer = ask(client, "GET", LIST)
    assert (answer.status_code, answer.json) == (200, {"pipelines": []})


def test_the_latest_comes_first(client: ToolClient, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    for name in ("first", "second", "third"):
        saved(client, name=name)
        clock.wait(seconds=1)
    assert names(ask(client, "GET", LIST)) == ["third", "second", "first"]


def test_two_may_have_the_same_name(client: ToolClient) -> None:
    assert saved(client)["id"] != saved(client)["id"]


def test_what_is_kept_has_the_ids_of_tools_and_all_settings(client: ToolClient) -> None:
    steps = [{"tool_id": "unchanged"}, {"toolId": "resize", "settings": {"percentage": 12.5}}]
    assert saved(client, steps=steps)["steps"] == [
        {"toolId": "same", "settings": {}},
        {"toolId": "resize", "settings": {"percentage": 12.5}},
    ]


def test_without_a_description_it_is_null(client: ToolClient) -> None:
    assert saved(client)["description"] is None
    assert saved(client, description=None)["description"] is None
    assert saved(client, description="")["description"] is None


def test_names_are_one_line_without_spaces_around_it(client: ToolClient) -> None:
    assert saved(client, name="  Ä 東京 🎨 ")["name"] == "Ä 東京 🎨"
    assert saved(client, name="x" * 100)["name"] == "x" * 100


def test_descriptions_may_have_lines(client: ToolClient) -> None:
    assert saved(client, description="one\r\ntwo\n\tthree")["description"] == "one\ntwo\n\tthree"
    assert saved(client, description="x" * 500)["description"] == "x" * 500


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "   "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": "a\u202eb"}, "name"),
        ({"name": 7}, "name"),
        ({"name": None}, "name"),
        ({"description": "x" * 501}, "description"),
        ({"description": "a\u0000b"}, "description"),
        ({"description": "a\ud800b"}, "description"),
        ({"owner": "somebody"}, "owner"),
        ({"id": "0"}, "id"),
        ({"steps": []}, "steps"),
        ({"steps": "resize"}, "steps"),
        ({"steps": '[{"toolId": "same"}]'}, "steps"),
        ({"steps": {"steps": STEPS}}, "steps"),
        ({"steps": None}, "steps"),
        ({"steps": [{"toolId": "same"}] * 21}, "steps"),
        ({"steps": [{"toolId": "same", "more": 1}]}, "steps.0.more"),
        ({"steps": [*STEPS, {"settings": {}}]}, "steps.2.toolId"),
        ({"steps": [{"toolId": "measure"}, {"toolId": "same"}]}, "steps.0.toolId"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(
    client: ToolClient, body: dict[str, Any], field: str
) -> None:
    assert wrong_fields(save(client, **body)) == [field]
    assert names(ask(client, "GET", LIST)) == []


def test_name_and_steps_have_to_be_there(client: ToolClient) -> None:
    assert wrong_fields(ask(client, "POST", SAVE, {})) == ["name", "steps"]


def test_settings_are_validated_before_anything_is_kept(client: ToolClient) -> None:
    steps = [{"toolId": "same"}, {"toolId": "resize", "settings": {"width": 0}}]
    answer = save(client, steps=steps)
    assert refusal(answer) == (400, "INVALID_SETTINGS")
    assert answer.json["message"] == (
        "Step 2 (resize): expected at least 1 for 'width' but received 0."
    )
    assert answer.json["details"] == [
        {
            "field": "steps.1.settings.width",
            "expected": "at least 1",
            "received": "0",
        }
    ]
    assert names(ask(client, "GET", LIST)) == []


@pytest.mark.parametrize(
    ("tool", "status", "code"),
    [
        ("nothing", 400, "TOOL_NOT_FOUND"),
        ("needs-program", 501, "DEPENDENCY_MISSING"),
        ("wobble", 403, "TOOL_DISABLED"),
    ],
)
def test_a_tool_that_can_not_run_is_refused(
    client: ToolClient, tool: str, status: int, code: str
) -> None:
    answer = save(client, steps=[*STEPS, {"toolId": tool}])
    assert refusal(answer) == (status, code)
    assert answer.json["message"].startswith(f"Step 3 ({tool}): ")
    assert [detail["field"] for detail in answer.json["details"]] == ["steps.2.toolId"]


def test_the_operator_says_how_many_steps_there_may_be(ashim: MakeClient) -> None:
    client = ashim(plain, max_pipeline_steps=2)
    saved(client, steps=[{"toolId": "same"}] * 2)
    answer = save(client, steps=[{"toolId": "same"}] * 3)
    assert wrong_fields(answer) == ["steps"]
    assert answer.json["details"][0]["expected"] == "1 to 2 steps"


def test_only_what_is_sent_is_changed(client: ToolClient, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    record = saved(client, description="For the web")
    path = f"{PIPELINE}/{record['id']}"
    clock.wait(seconds=5)
    answer = ask(client, "PUT", path, {"name": "other"})
    renamed = {**record, "name": "other", "updatedAt": iso(clock.now)}
    assert (answer.status_code, answer.json) == (200, renamed)
    clock.wait(seconds=5)
    assert ask(client, "PUT", path, {}).json == renamed
    body = {"description": "", "steps": [{"toolId": "unchanged"}]}
    changed = {
        **renamed,
        "description": None,
        "steps": [{"toolId": "same", "settings": {}}],
        "updatedAt": iso(clock.now),
    }
    assert ask(client, "PUT", path, body).json == changed
    assert ask(client, "GET", path).json == changed


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"name": " "}, "VALIDATION_ERROR", "name"),
        ({"createdAt": "2030-01-01"}, "VALIDATION_ERROR", "createdAt"),
        ({"steps": []}, "VALIDATION_ERROR", "steps"),
        ({"steps": [{"toolId": "nothing"}]}, "TOOL_NOT_FOUND", "steps.0.toolId"),
        ({"steps": [{"toolId": "resize"}]}, "INVALID_SETTINGS", "steps.0.settings"),
    ],
)
def test_a_wrong_change_changes_nothing(
    client: ToolClient, body: dict[str, Any], code: str, field: str
) -> None:
    record = saved(client)
    path = f"{PIPELINE}/{record['id']}"
    answer = ask(client, "PUT", path, {"description": "new", **body})
    assert refusal(answer) == (400, code)
    assert [detail["field"] for detail in answer.json["details"]] == [field]
    assert ask(client, "GET", path).json == record


def test_a_deleted_pipeline_is_gone(client: ToolClient) -> None:
    path = f"{PIPELINE}/{saved(client)['id']}"
    answer = ask(client, "DELETE", path)
    assert (answer.status_code, answer.json) == (200, {"ok": True})
    for method in ("GET", "PUT", "DELETE"):
        assert refusal(ask(client, method, path, {})) == (404, "NOT_FOUND")
    assert names(ask(client, "GET", LIST)) == []


@pytest.mark.parametrize("pipeline", ["nothing", "0" * 32, "' OR 1=1 --", "save", "%00"])
def test_a_pipeline_that_is_not_there_is_not_found(client: ToolClient, pipeline: str) -> None:
    saved(client)
    for method in ("PUT", "DELETE"):
        answer = ask(client, method, f"{PIPELINE}/{pipeline}", {})
        assert refusal(answer) == (404, "NOT_FOUND")
    assert names(ask(client, "GET", LIST)) == ["mine"]


def test_what_belongs_to_others_can_not_be_told_from_what_is_not_there(admin: Person) -> None:
    ada, bob = admin.register(), admin.register()
    pipeline = saved_by(ada)
    for method in ("GET", "PUT", "DELETE"):
        foreign = bob(method, f"{PIPELINE}/{pipeline}", {})
        missing = bob(method, f"{PIPELINE}/{'0' * 32}", {})
        assert refusal(foreign) == refusal(missing) == (404, "NOT_FOUND")
        assert foreign.json["message"] == missing.json["message"] == "There is no such pipeline."
    assert names(bob("GET", LIST)) == []
    assert names(ada("GET", LIST)) == ["mine"]


def test_an_editor_sees_and_changes_those_of_everybody(admin: Person) -> None:
    ada, editor = admin.register(), admin.register("editor")
    pipeline = saved_by(ada)
    assert names(editor("GET", LIST)) == ["mine"]
    assert editor("PUT", f"{PIPELINE}/{pipeline}", {"name": "ours"}).status_code == 200
    assert names(ada("GET", LIST)) == ["ours"]
    assert editor("DELETE", f"{PIPELINE}/{pipeline}").status_code == 200
    assert names(ada("GET", LIST)) == []


def test_who_only_watches_over_others_keeps_none(admin: Person) -> None:
    watcher = admin.register(admin.role("pipelines:all"))
    saved_by(admin)
    assert names(watcher("GET", LIST)) == ["mine"]
    body = {"name": "a", "steps": [{"toolId": "same"}]}
    assert refusal(watcher("POST", SAVE, body)) == (403, "FORBIDDEN")


def test_a_deleted_user_takes_pipelines_along(admin: Person) -> None:
    ada = admin.register()
    saved_by(ada, "gone")
    saved_by(admin, "stays")
    assert sorted(names(admin("GET", LIST))) == ["gone", "stays"]
    assert admin.delete_user(ada).status_code == 200
    assert names(admin("GET", LIST)) == ["stays"]


def test_what_is_done_to_pipelines_is_written_down(admin: Person) -> None:
    ada = admin.register(name="Ada")
    pipeline = saved_by(ada)
    ada("PUT", f"{PIPELINE}/{pipeline}", {"name": "other"})
    admin("DELETE", f"{PIPELINE}/{pipeline}")
    entries = admin("GET", "/api/v1/audit-log").json["entries"]
    assert [
        (entry["actorUsername"], entry["action"], entry["targetId"], entry["details"])
        for entry in entries
        if entry["targetType"] == "pipeline"
    ] == [
        ("admin", "PIPELINE_DELETED", pipeline, {"name": "other"}),
        ("Ada", "PIPELINE_UPDATED", pipeline, {"name": "other"}),
        ("Ada", "PIPELINE_CREATED", pipeline, {"name": "mine"}),
    ]


def test_pipelines_survive_a_restart_and_the_end_of_their_tools(tmp_path: Path) -> None:
    with closing(make_client(tmp_path, plain, resize)) as client:
        record = saved(client)
    with closing(make_client(tmp_path, plain)) as client:
        path = f"{PIPELINE}/{record['id']}"
        assert ask(client, "GET", LIST).json == {"pipelines": [record]}
        assert ask(client, "GET", path).json == record
        assert ask(client, "PUT", path, {"name": "other"}).json["steps"] == STEPS
        assert refusal(ask(client, "PUT", path, {"steps": STEPS})) == (400, "TOOL_NOT_FOUND")
        assert ask(client, "DELETE", path).status_code == 200


def test_the_tools_of_pipelines_are_those_with_a_place_beside_others(client: ToolClient) -> None:
    answer = ask(client, "GET", TOOLS)
    assert (answer.status_code, answer.json) == (
        200,
        {
            "toolIds": [
                *("resize", "beside", "count", "covered", "first-frame", "frame", "measure"),
                *("mirror", "needs-program", "negative", "pages", "refuse", "same", "upside-down"),
            ]
        },
    )


def test_with_detail_the_tools_are_described(client: ToolClient) -> None:
    answer = ask(client, "GET", f"{TOOLS}?detail=1").json
    assert [tool["id"] for tool in answer["tools"]] == answer["toolIds"]
    assert answer["tools"][0] == ask(client, "GET", "/api/v1/tools/resize").json
    assert ask(client, "GET", f"{TOOLS}?detail=0").json.keys() == {"toolIds"}
    assert wrong_fields(ask(client, "GET", f"{TOOLS}?detail=much")) == ["detail"]


def test_a_tool_that_is_switched_off_leaves_the_list(client: ToolClient) -> None:
    body = {"disabledTools": ["resize"], "enableExperimentalTools": True}
    assert ask(client, "PUT", "/api/v1/settings", body).status_code == 200
    listed = ask(client, "GET", TOOLS).json["toolIds"]
    assert ("resize" in listed, "wobble" in listed) == (False, True)
    assert refusal(save(client)) == (403, "TOOL_DISABLED")


def test_the_document_says_what_a_pipeline_is(client: ToolClient) -> None:
    document = ask(client, "GET", "/api/v1/openapi.json").json
    schemas = document["components"]["schemas"]
    body = document["paths"][SAVE]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/NewPipeline"}
    assert schemas["NewPipeline"]["required"] == ["name", "steps"]
    assert schemas["NewPipeline"]["properties"]["steps"]["items"] == {
        "$ref": "#/components/schemas/PipelineStep"
    }
    assert schemas["PipelineStep"]["required"] == ["toolId"]
    assert {"get", "put", "delete"} == document["paths"][f"{PIPELINE}/{{pipelineId}}"].keys()
