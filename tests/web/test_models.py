"""Tools that load models say what is missing; and what a task may cost."""

import json
from pathlib import Path
from typing import Any

import pytest

from ashim_core.discovery import Sources, discover
from ashim_core.errors import ModelNotInstalled
from ashim_core.host import Host
from ashim_core.limits import Demand, Limits
from ashim_core.model import ModelFile, ModelSpec
from ashim_core.testing import MakeClient, ToolClient, check_tool
from tests.conftest import DATA
from tests.data import developer
from tests.web.test_second_pictures import post
from tests.web.test_work import PICTURE, values

MISSING = (501, "MODEL_NOT_INSTALLED")
SHA = "0" * 64


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(developer)


@pytest.fixture
def models(client: ToolClient) -> Path:
    """The folder of models of that server, which is there no sooner than they are."""
    return client.core.config.models_path


def install(models: Path, spec: ModelSpec, *contents: bytes) -> None:
    """Put the files of a model where they belong."""
    (models / spec.name).mkdir(parents=True)
    for file, content in zip(spec.files, contents, strict=True):
        (models / spec.name / file.name).write_bytes(content)


@pytest.fixture
def emulsion(models: Path) -> None:
    install(models, developer.EMULSION, developer.WEIGHTS, developer.LABELS)


def listed(client: ToolClient, tool: str) -> Any:
    return client.http.get(f"/api/v1/tools/{tool}").json


def test_without_its_model_it_says_what_is_missing_and_where_it_belongs(
    client: ToolClient,
) -> None:
    response = client.post("tint", PICTURE)
    assert response.json is not None
    assert (response.status_code, response.json["code"]) == MISSING
    assert response.json["message"] == (
        "The tool 'tint' can't run here: the model 'emulsion-1.0' (0.0 MB, MIT) is not installed; "
        "put into models/emulsion-1.0 of the data folder: "
        "emulsion.txt from https://example.org/emulsion.txt; "
        "labels.txt from https://example.org/labels.txt."
    )


@pytest.mark.usefixtures("emulsion")
def test_with_it_the_picture_is_what_the_model_says(client: ToolClient) -> None:
    response = client.post("tint", PICTURE)
    assert values(response.data) == (140, 140)
    assert response.headers["X-Ashim-Facts"] == '{"label":"warm"}'


@pytest.mark.usefixtures("emulsion")
def test_workers_know_where_models_are(ashim: MakeClient, models: Path) -> None:
    client = ashim(developer, workers=True, ASHIM_MODELS_DIR=models)
    assert values(client.post("tint", PICTURE).data) == (140, 140)


def test_an_action_needs_what_its_tool_needs(client: ToolClient, models: Path) -> None:
    assert client.refusal("tint/label", PICTURE) == MISSING
    install(models, developer.EMULSION, developer.WEIGHTS, developer.LABELS)
    response = client.post("tint/label", PICTURE)
    assert response.get_json()["label"] == "warm"


@pytest.mark.usefixtures("emulsion")
@pytest.mark.parametrize("file", ["emulsion.txt", "labels.txt"])
def test_half_a_download_is_no_model(client: ToolClient, models: Path, file: str) -> None:
    path = models / "emulsion-1.0" / file
    path.write_bytes(path.read_bytes()[:-1])
    assert client.refusal("tint", PICTURE) == MISSING
    message = client.post("tint", PICTURE).get_json()["message"]
    assert f"{file} from" in message
    assert message.count(" from ") == 1


@pytest.mark.parametrize(
    ("by", "status", "value"),
    [("hand", 200, 110), ("emulsion-1.0", 200, 140), ("fine-grain", 501, 0)],
)
@pytest.mark.usefixtures("emulsion")
def test_the_settings_decide_which_it_needs(
    client: ToolClient, by: str, status: int, value: int
) -> None:
    response = client.post("tint-by", PICTURE, by=by)
    assert response.status_code == status
    if value:
        assert values(response.data) == (value, value)
    else:
        assert "CC-BY-NC-4.0, not for commercial use" in response.get_json()["message"]


def test_a_pipeline_names_the_step_before_any_pixel_is_read(client: ToolClient) -> None:
    steps = [
        {"toolId": "tint-by", "settings": {"by": "hand"}},
        {"toolId": "tint-by", "settings": {"by": "fine-grain"}},
    ]
    pipeline = json.dumps(steps)
    response = post(client, "pipeline/execute", ("file", b"no picture"), pipeline=pipeline)
    assert response.json is not None
    assert (response.status_code, response.json["code"]) == MISSING
    assert response.json["message"].startswith("Step 2 (tint-by): ")
    assert response.json["details"][0]["field"] == "steps.1.toolId"


def test_lists_say_which_models_are_there(client: ToolClient, models: Path) -> None:
    tint = listed(client, "tint")
    assert not tint["available"]
    assert "emulsion-1.0" in tint["reason"]
    assert tint["models"] == [
        {
            "name": "emulsion-1.0",
            "size": 8,
            "license": "MIT",
            "commercial": "yes",
            "installed": False,
        }
    ]
    assert listed(client, "tint-by")["available"]
    install(models, developer.EMULSION, developer.WEIGHTS, developer.LABELS)
    assert listed(client, "tint")["available"]
    assert [one["installed"] for one in listed(client, "tint-by")["models"]] == [True, False]


@pytest.mark.usefixtures("emulsion")
def test_a_slip_of_the_author_is_the_tool_s_failure(client: ToolClient) -> None:
    assert client.refusal("slip", PICTURE) == (500, "PLUGIN_ERROR")


@pytest.mark.usefixtures("emulsion")
def test_it_keeps_the_rules_where_its_model_is(client: ToolClient) -> None:
    tool = client.core.registry.find("tint-by")
    check_tool(tool, client.core.registry.host)
    with pytest.raises(ModelNotInstalled, match=r"A model is missing: the model 'emulsion-1\.0'"):
        check_tool(tool)


@pytest.mark.parametrize(
    ("tool", "reason"),
    [
        ("slow", "it needs 100000 seconds, and a task of its lane gets 10"),
        ("wide", "it needs 900000 MiB of memory, and a worker of its lane has 768"),
    ],
)
def test_a_tool_that_needs_more_than_is_granted_says_so(
    client: ToolClient, tool: str, reason: str
) -> None:
    response = client.post(tool, PICTURE)
    assert response.json is not None
    assert (response.status_code, response.json["code"]) == (501, "DEPENDENCY_MISSING")
    assert reason in response.json["message"]


def test_a_tool_gets_no_more_time_than_it_says(ashim: MakeClient) -> None:
    client = ashim(developer, workers=True)
    response = client.post("dawdle", PICTURE)
    assert response.json is not None
    assert response.json["code"] == "TIMEOUT"
    assert "at most 1 seconds" in response.json["message"]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: ModelFile("../a.onnx", 1, SHA, ""),
        lambda: ModelFile("a.onnx", 0, SHA, ""),
        lambda: ModelFile("a.onnx", 1, "abc", ""),
        lambda: ModelSpec("a/b", [ModelFile("a.onnx", 1, SHA, "")], "MIT"),
        lambda: ModelSpec("a", [], "MIT"),
    ],
)
def test_a_wrong_declaration_is_told_to_its_author(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"^expected "):
        wrong()


def test_a_file_that_a_model_has_not_is_told_to_its_author() -> None:
    with pytest.raises(ValueError, match=r"expected a file of emulsion-1\.0, emulsion\.txt, "):
        developer.EMULSION.path(Path("models"), "weights.onnx")


def test_what_is_known_of_a_demand_bounds_the_time_only_downwards() -> None:
    limits = Limits(seconds=10, memory_mb=100)
    assert Demand(seconds=3).within(limits).seconds == 3
    assert Demand(seconds=30).within(limits).seconds == 10
    assert Demand().within(limits) == limits
    assert Demand(memory_mb=100).beyond(limits) is None
    assert Demand(seconds=11).beyond(None) is None


def test_steps_take_the_time_of_all_or_none_is_known() -> None:
    registry, _ = discover(
        Sources(modules=(("developer", str(DATA / "developer.py")),), entry_points=False)
    )
    assert registry.demand(["dawdle", "dawdle"]) == Demand(seconds=2)
    assert registry.demand(["dawdle", "tint"]) == Demand()
    assert registry.demand(["wide", "nothing-here"]) == Demand(memory_mb=900_000)
    assert registry.at(Host(Path("m"))).host.models == Path("m")
