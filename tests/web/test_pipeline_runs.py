"""Running pipelines: everything is checked first, then one decode and one encode."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import pyvips

from ashim_core.testing import ToolClient, sample

RESIZE = {"toolId": "resize", "settings": {"width": 20}}
ROTATE = {"toolId": "rotate", "settings": {"angle": 90}}
WEBP = {"toolId": "convert", "settings": {"format": "webp"}}
EXECUTE = "/api/v1/pipeline/execute"


def post(
    client: ToolClient, pipeline: Any, path: str = EXECUTE, accept: str = "*/*", **form: Any
) -> Any:
    data = {"file": (io.BytesIO(sample("rgb")), "a.png"), **form}
    if pipeline is not None:
        data["pipeline"] = json.dumps(pipeline)
    response = client.http.post(
        path, data=data, headers={"Accept": accept}, content_type="multipart/form-data"
    )
    response.get_data()
    response.close()
    return response


def refusal(response: Any) -> tuple[int, str]:
    return response.status_code, response.json["code"]


@pytest.fixture
def kept(everything: ToolClient) -> Path:
    return everything.core.config.data_dir / "jobs"


def test_each_step_works_on_what_the_one_before_has_made(everything: ToolClient) -> None:
    response = post(everything, [RESIZE, ROTATE, WEBP])
    assert response.mimetype == "image/webp"
    picture = pyvips.Image.new_from_buffer(response.data, "")
    assert (picture.width, picture.height) == (13, 20)
    assert 'filename="a_convert.webp"' in response.headers["Content-Disposition"]


@pytest.mark.parametrize("wrapped", [True, False])
@pytest.mark.parametrize("field", ["pipeline", "steps"])
def test_both_shapes_in_both_fields(everything: ToolClient, wrapped: bool, field: str) -> None:
    text = json.dumps({"steps": [RESIZE]} if wrapped else [RESIZE])
    data = {"file": (io.BytesIO(sample("rgb")), "a.png"), field: text}
    with everything.http.post(EXECUTE, data=data) as response:
        assert response.status_code == 200


def test_json_tells_what_each_step_took(everything: ToolClient) -> None:
    answer = post(everything, [RESIZE, ROTATE, WEBP], accept="application/json").json
    assert [step["toolId"] for step in answer["steps"]] == ["resize", "rotate", "convert"]
    assert [step["step"] for step in answer["steps"]] == [1, 2, 3]
    assert answer["stepsCompleted"] == 3
    assert [step["size"] is None for step in answer["steps"]] == [True, True, False]
    assert answer["steps"][2]["size"] == answer["processedSize"]
    assert answer["originalSize"] == len(sample("rgb"))


def test_fused_steps_give_what_the_single_steps_give(everything: ToolClient) -> None:
    """Losslessly: the fused result is, pixel for pixel, the one of PNG files in between."""
    steps = [
        RESIZE,
        {"toolId": "rotate", "settings": {"flip": "horizontal"}},
        {"toolId": "crop", "settings": {"left": 2, "top": 1, "width": 12, "height": 9}},
    ]
    fused = pyvips.Image.new_from_buffer(post(everything, steps).data, "")
    picture = sample("rgb")
    for step in steps:
        picture = everything.post(step["toolId"], picture, **step["settings"]).data  # type: ignore[arg-type]
    single = pyvips.Image.new_from_buffer(picture, "")
    assert (fused.width, fused.height) == (single.width, single.height) == (12, 9)
    assert (fused - single).abs().max() == 0


def test_a_saved_pipeline_runs_by_its_id(everything: ToolClient) -> None:
    body = {"name": "small", "steps": [RESIZE]}
    saved: Any = everything.http.post("/api/v1/pipeline/save", json=body).json
    assert post(everything, None, pipelineId=saved["id"]).status_code == 200
    assert refusal(post(everything, None, pipelineId="0" * 32)) == (404, "NOT_FOUND")


def test_many_files_become_a_zip(everything: ToolClient) -> None:
    response = post(everything, [RESIZE, WEBP], path="/api/v1/pipeline/batch")
    archive = zipfile.ZipFile(io.BytesIO(response.data))
    assert archive.namelist() == ["a_convert.webp"]
    assert json.loads(response.headers["X-File-Results"]) == {"0": "a_convert.webp"}


@pytest.mark.parametrize(
    ("steps", "expected", "words"),
    [
        ([RESIZE, {"toolId": "resise"}], (400, "TOOL_NOT_FOUND"), "Step 2 (resise)"),
        (
            [*[RESIZE] * 6, {"toolId": "resize", "settings": {"width": -1}}],
            (400, "INVALID_SETTINGS"),
            "Step 7 (resize)",
        ),
        ([RESIZE] * 21, (400, "VALIDATION_ERROR"), "20"),
        ([], (400, "VALIDATION_ERROR"), "steps"),
        (None, (400, "INVALID_REQUEST"), "pipeline"),
        (
            [RESIZE, {"toolId": "resize", "settings": {"width": 32000, "height": 32000}}],
            (413, "TOO_MANY_PIXELS"),
            "Step 2 (resize)",
        ),
    ],
)
def test_what_is_wrong_is_said_with_the_step(
    everything: ToolClient, kept: Path, steps: Any, expected: tuple[int, str], words: str
) -> None:
    response = post(everything, steps)
    assert refusal(response) == expected
    assert words in response.json["message"]
    assert not list(kept.iterdir())
    work = kept.parent / "work" / everything.core.jobs.work.instance
    assert not list(work.iterdir())


def test_a_tool_that_is_switched_off_stops_the_pipeline(everything: ToolClient) -> None:
    everything.http.put("/api/v1/settings/disabledTools", json={"value": ["rotate"]})
    response = post(everything, [RESIZE, ROTATE])
    assert refusal(response) == (403, "TOOL_DISABLED")
    assert "Step 2 (rotate)" in response.json["message"]


@pytest.mark.parametrize(
    ("steps", "number"),
    [
        ([RESIZE, {"toolId": "resise"}], 2),
        ([RESIZE, ROTATE, {"toolId": "resize", "settings": {}}], 3),
        ([{"toolId": "resize", "settings": {"width": 0}}], 1),
        ([RESIZE, {"settings": {}}], 2),
        ([RESIZE, 7], 2),
        ([{"toolId": "bulk-rename"}, RESIZE], 1),
    ],
)
def test_a_refusal_before_any_work_has_the_number_of_the_step(
    everything: ToolClient, steps: list[Any], number: int
) -> None:
    body = post(everything, steps).json
    assert (body["step"], body["completedSteps"]) == (number, [])


def test_a_failure_has_the_number_of_the_step_and_those_before(client: ToolClient) -> None:
    for before in ([], ["same"], ["same", "mirror"]):
        steps = [{"toolId": tool} for tool in before] + [{"toolId": "refuse"}, {"toolId": "same"}]
        response = post(client, steps)
        body = response.json
        assert (response.status_code, body["code"]) == (422, "NO_FACE_FOUND")
        assert body["step"] == len(before) + 1
        done = [{"step": number, "toolId": tool} for number, tool in enumerate(before, 1)]
        assert body["completedSteps"] == done


def test_the_failure_of_a_job_in_the_background_has_them_as_well(client: ToolClient) -> None:
    data = {
        "file": (io.BytesIO(sample("rgb")), "a.png"),
        "pipeline": json.dumps([{"toolId": "same"}, {"toolId": "refuse"}]),
    }
    with client.http.post(EXECUTE, data=data, headers={"Prefer": "wait=30"}) as response:
        body: Any = response.json
    assert (body["step"], body["completedSteps"]) == (2, [{"step": 1, "toolId": "same"}])


def test_a_tool_alone_has_no_steps(client: ToolClient) -> None:
    for response in (client.post("refuse", sample("rgb")), client.post("same", nope=1)):
        assert response.json is not None
        assert "step" not in response.json
