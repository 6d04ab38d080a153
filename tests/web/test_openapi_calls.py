"""What the OpenAPI document asks for is what the server asks for, operation by operation."""

import io
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ashim_core import errors
from ashim_core.testing import MakeClient, ToolClient, sample
from ashim_core.testing.client import make_client
from ashim_core.web import forms
from tests.data import plain
from tests.web.operations import FORM, JSON, Call, Operation, files_in, operations, value_of

MISSING = {"VALIDATION_ERROR", "INVALID_REQUEST", "INVALID_SETTINGS", "NO_FILE"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ToolClient]:
    """All installed tools that can run here, and a file in the library."""
    with closing(make_client(tmp_path_factory.mktemp("calls") / "ashim")) as client:
        hindered = [tool.id for tool in client.registry if tool.missing()]
        answer = client.http.put("/api/v1/settings", json={"disabledTools": hindered})
        assert answer.status_code == 200
        yield client


@pytest.fixture(scope="module")
def file_id(client: ToolClient) -> str:
    data = {"files": (io.BytesIO(sample("rgb")), "a.png")}
    files: Any = client.http.post("/api/v1/upload", data=data, content_type=FORM).json
    return str(files["files"][0]["id"])


@pytest.fixture(scope="module")
def all_operations(client: ToolClient) -> list[Operation]:
    """All but signing in, where nobody does: that is said before anything else."""
    document: Any = client.http.get("/api/v1/openapi.json").json
    found = operations(document)
    return [item for item in found if item.spec["operationId"] != "login"]


def sent(client: ToolClient, operation: Operation, call: Call, **options: Any) -> Any:
    """Send a call; whatever comes back must be among the answers that are documented."""
    response = call.sent(client.http, **options)
    content = operation.answers(response.status_code)
    assert content is not None, f"{operation}: {response.status_code} {response.text}"
    assert not response.data or response.mimetype in content, f"{operation}: {response.mimetype}"
    return response


def with_its_file(call: Call) -> Call:
    """Send a file with the pipeline of the examples: only one that begins without needs none."""
    if call.path == "/api/v1/pipeline/execute":
        return replace(call, files={"file": 1, **call.files})
    return call


def test_the_least_that_is_asked_for_is_enough(
    client: ToolClient, all_operations: list[Operation]
) -> None:
    for operation in all_operations:
        response = sent(client, operation, with_its_file(operation.least()))
        if response.status_code == 400:
            received = [item["received"] for item in response.json["details"]]
            assert "nothing" not in received, f"{operation}: {response.text}"
            assert response.json["code"] not in ("NO_FILE", "INVALID_SETTINGS"), operation


def test_what_is_asked_for_is_needed(
    client: ToolClient, all_operations: list[Operation], file_id: str
) -> None:
    left_out = set()
    for operation in all_operations:
        least = operation.least().with_known({"parentId": file_id})
        for names in operation.choices():
            left_out.add(names[0])
            response = sent(client, operation, least.without(names[0]))
            assert response.status_code == 400, f"{operation} without {names}: {response.text}"
            assert response.json["code"] in MISSING, f"{operation} without {names}"
    assert {"file", "files", "pipeline", "parentId", "settings", "watermark", "name"} <= left_out


def test_each_of_several_choices_will_do(
    client: ToolClient, all_operations: list[Operation]
) -> None:
    """What isn't there is refused as such, not for the other choice that is missing."""
    tried = set()
    for operation in all_operations:
        least, content = with_its_file(operation.least()), operation.content()
        for first, *others in operation.choices():
            for name in others:
                assert content is not None
                asked = content[1]["properties"][name]
                value = least.fields["pipeline"] if name == "steps" else value_of(asked)
                call = least.without(first)
                call = replace(call, fields={**call.fields, name: value})
                response = sent(client, operation, call)
                expected = 200 if name == "steps" else 404
                assert response.status_code == expected, f"{operation} with {name}"
                tried.add((operation.path, name))
    assert {name for _, name in tried} == {"fileId", "steps", "pipelineId"}
    assert len(tried) > 20


def test_forms_have_the_fields_that_the_server_knows(all_operations: list[Operation]) -> None:
    known = {
        "/api/v1/tools/{toolId}/batch": forms.BATCH_FIELDS,
        "/api/v1/pipeline/execute": forms.PIPELINE_FIELDS,
        "/api/v1/pipeline/batch": forms.PIPELINE_BATCH_FIELDS,
        "/api/v1/files/save-result": ("parentId", "toolId"),
        "/api/v1/preview": ("size",),
    }
    for operation in all_operations:
        content = operation.content()
        if content is None or content[0] != FORM:
            continue
        texts = {name for name, item in content[1]["properties"].items() if not files_in(item)}
        usual = forms.TOOL_FIELDS if operation.spec["operationId"].startswith("run") else ()
        assert texts == set(known.get(operation.path, usual)), operation


def test_nothing_is_taken_that_is_not_documented(
    client: ToolClient, all_operations: list[Operation]
) -> None:
    for operation in all_operations:
        content, least = operation.content(), operation.least()
        if content is None:
            continue
        if content[0] == JSON:
            call = replace(least, body={**(least.body or {}), "unheardOf": 1})
        else:
            call = replace(least, fields={**least.fields, "unheardOf": "1"})
        response = sent(client, operation, call)
        assert (response.status_code, response.json["code"]) == (400, "VALIDATION_ERROR"), operation
        assert "unheardOf" in response.text, operation


@pytest.mark.parametrize("odd", ["x", "0" * 31, "0" * 33, "A" * 32, "-", "a b"])
def test_what_no_pattern_allows_is_not_found(
    client: ToolClient, all_operations: list[Operation], odd: str
) -> None:
    for operation in all_operations:
        least = operation.least()
        for item in operation.parameters:
            if item["in"] != "path" or re.search(item["schema"].get("pattern", ""), odd):
                continue
            call = replace(least, parts={**least.parts, item["name"]: odd})
            assert sent(client, operation, call).status_code == 404, f"{operation}: {odd}"


def test_settings_are_those_that_are_listed(
    client: ToolClient, all_operations: list[Operation]
) -> None:
    get = next(item for item in all_operations if item.spec["operationId"] == "getSetting")
    listed = get.parameters[0]["schema"]["enum"]
    settings: Any = client.http.get("/api/v1/settings").json
    assert listed == [*settings["settings"]]
    for key in (*listed, "unheardOf"):
        response = sent(client, get, Call("GET", get.path, {"key": key}))
        assert response.status_code == (404 if key == "unheardOf" else 200), key


@pytest.mark.parametrize(
    ("key", "fine"),
    [
        ("a", True),
        ("~" * 255, True),
        ("!-~", True),
        ("~" * 256, False),
        ("a b", False),
        ("é", False),
    ],
)
def test_the_header_that_names_a_request_is_as_documented(
    client: ToolClient, all_operations: list[Operation], key: str, fine: bool
) -> None:
    run = next(item for item in all_operations if item.spec["operationId"] == "runRotate")
    header = next(item for item in run.parameters if item["name"] == "Idempotency-Key")
    assert bool(re.search(header["schema"]["pattern"], key)) is fine
    response = sent(client, run, run.least(), headers={"Idempotency-Key": key})
    assert response.status_code == (200 if fine else 400)


def test_ids_are_as_documented(
    client: ToolClient, all_operations: list[Operation], file_id: str
) -> None:
    """Those that the server gives match the patterns of where they are sent."""
    patterns = {
        item["name"]: item["schema"]["pattern"]
        for operation in all_operations
        for item in operation.parameters
        if item["in"] == "path" and "pattern" in item["schema"]
    }
    roles: Any = client.http.get("/api/v1/roles").json
    teams: Any = client.http.get("/api/v1/teams").json
    found = [
        ("fileId", file_id),
        ("jobId", client.post("rotate", sample("rgb"), accept=JSON).headers["X-Job-Id"]),
        ("pipelineId", made(client, "pipeline/save", name="a", steps=[{"toolId": "rotate"}])),
        ("keyId", made(client, "api-keys", name="a key")),
        ("teamId", made(client, "teams", name="a team")),
        ("roleId", made(client, "roles", name="a-role", permissions=["tools:use"])),
        *(("roleId", role["id"]) for role in roles["roles"]),
        *(("teamId", team["id"]) for team in teams["teams"]),
        *(("toolId", name) for tool in client.registry for name in (tool.id, *tool.aliases)),
        *(
            ("action", action.id.partition("/")[2])
            for tool in client.registry
            for action in tool.actions
        ),
    ]
    assert {name for name, _ in found} | {"sessionId", "userId"} == patterns.keys()
    for name, value in found:
        assert re.search(patterns[name], value), (name, value)


def made(client: ToolClient, path: str, **body: Any) -> str:
    """Make something through the API; give its id."""
    answer: Any = client.http.post(f"/api/v1/{path}", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json["id"])


@pytest.mark.parametrize("accept", ["*/*", JSON])
def test_tools_answer_with_the_types_that_are_documented(
    client: ToolClient, all_operations: list[Operation], accept: str
) -> None:
    for operation in all_operations:
        if not operation.spec["operationId"].startswith("run"):
            continue
        least = operation.example()
        # Where several may come, several do: what is made of each of them is a ZIP then.
        several = {name: 2 if name == "files" else count for name, count in least.files.items()}
        call = replace(least, files=several)
        response = sent(client, operation, call, headers={"Accept": accept})
        if response.status_code == 400 and response.json["code"] == "TOO_MANY_FILES":
            # How many there may be depends on the settings of some.
            response = sent(client, operation, least, headers={"Accept": accept})
        assert response.status_code == 200, f"{operation}: {response.text}"
        if accept == JSON:
            assert response.mimetype == JSON, operation


def test_reports_are_documented_as_such(
    client: ToolClient, all_operations: list[Operation]
) -> None:
    for operation in all_operations:
        content = operation.answers(200) or {}
        if operation.path in ("/api/v1/tools/strip-metadata", "/api/v1/tools/edit-metadata"):
            call = replace(operation.example(), fields={"settings": '{"inspect": true}'})
            assert sent(client, operation, call).mimetype == JSON
            assert {"$ref": "#/components/schemas/Report"} in content[JSON]["schema"]["anyOf"]
        elif operation.path in ("/api/v1/tools/collage", "/api/v1/tools/resize"):
            assert content[JSON]["schema"] == {"$ref": "#/components/schemas/Result"}
            assert {"image/png", "image/webp"} <= content.keys()
            assert "application/zip" not in content
        elif operation.path == "/api/v1/tools/image-to-pdf":
            assert [*content] == ["application/octet-stream", "application/pdf", JSON]


def test_a_tool_that_takes_no_file_asks_for_none(ashim: MakeClient) -> None:
    client = ashim(plain)
    document: Any = client.http.get("/api/v1/openapi.json").json
    found = {item.spec["operationId"]: item for item in operations(document)}
    write = found["runWrite"]
    assert write.choices() == [["settings"]]
    assert set(write.spec["requestBody"]["content"]) == {FORM, JSON}
    for options in ({"json": {"text": "a"}}, {"data": {"settings": '{"text": "a"}'}}):
        with client.http.post(write.path, **options) as response:
            assert response.data == b"a"
    # A pipeline may begin with it, so that a file isn't needed always.
    assert found["executePipeline"].choices() == [["pipeline", "steps", "pipelineId"]]


@pytest.mark.parametrize(
    "kind",
    [
        *(errors.DecodeFailed, errors.TooManyPixels, errors.FormatNotSupported, errors.TimedOut),
        *(errors.InvalidImage, errors.QueueFull, errors.StorageFull, errors.PluginFailure),
        *(errors.TooComplex, errors.OutOfMemory, errors.DependencyMissing),
    ],
)
def test_a_thumbnail_that_can_not_be_made_is_refused_as_documented(
    client: ToolClient,
    all_operations: list[Operation],
    file_id: str,
    kind: type[errors.AshimError],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise kind("It can't be made.")

    monkeypatch.setattr(client.core.jobs, "run_once", refuse)
    thumbnail = next(i for i in all_operations if i.spec["operationId"] == "getThumbnail")
    response = sent(client, thumbnail, Call("GET", thumbnail.path, {"fileId": file_id}))
    about_the_file = kind.status < 500
    assert response.json["code"] == ("NO_THUMBNAIL" if about_the_file else kind.code)


def test_locks_are_where_people_sign_in(tmp_path: Path) -> None:
    with closing(make_client(tmp_path / "ashim", plain, auth_enabled=True)) as client:
        document: Any = client.http.get("/api/v1/openapi.json").json
        for operation in operations(document):
            locks = operation.spec.get("security", document["security"])
            answer = operation.least().sent(client.http)
            if operation.spec["operationId"] in ("login", "downloadResult"):
                continue  # of those, only some are refused
            assert (answer.status_code == 401) is (locks == [{"bearer": []}]), operation
            assert ("401" in operation.spec["responses"]) is (locks != [] and {} not in locks)


def test_there_is_no_lock_where_nobody_signs_in(client: ToolClient) -> None:
    document: Any = client.http.get("/api/v1/openapi.json").json
    assert document["security"] == []
    assert "securitySchemes" not in document["components"]
    for operation in operations(document):
        assert "security" not in operation.spec
        assert "401" not in operation.spec["responses"]
