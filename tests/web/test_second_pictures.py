"""Second pictures, such as watermarks: sent once, by name or as the second file."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import pyvips

from ashim_core.testing import ToolClient, sample
from ashim_core.testing.samples import scene

PNG = sample("rgb")
WIDTH = 48
STAMP = scene(10, 8).pngsave_buffer()
FIELD_STAMP = {"field": "stamp", "expected": "a picture", "received": "nothing"}


def post(client: ToolClient, path: str, *uploads: tuple[str, bytes], **form: Any) -> Any:
    """Post files, each with the name of its field."""
    data: dict[str, Any] = {**form}
    for number, (field, content) in enumerate(uploads):
        data.setdefault(field, []).append((io.BytesIO(content), f"{number}.png"))
    response = client.http.post(f"/api/v1/{path}", data=data, content_type="multipart/form-data")
    response.get_data()
    response.close()
    return response


def width(data: bytes) -> int:
    return int(pyvips.Image.new_from_buffer(data, "").width)


@pytest.mark.parametrize(
    "uploads",
    [
        [("file", PNG), ("stamp", STAMP)],
        [("stamp", STAMP), ("file", PNG)],
        [("file", PNG), ("file", STAMP)],
        [("image", PNG), ("other", STAMP)],
    ],
)
def test_the_second_picture_is_named_or_comes_second(
    client: ToolClient, uploads: list[tuple[str, bytes]]
) -> None:
    response = post(client, "tools/beside", *uploads)
    assert response.status_code == 200, response.text
    result = pyvips.Image.new_from_buffer(response.data, "")
    assert (result.width, result.height) == (WIDTH + 10, 32)
    assert result(WIDTH, 0) == [255, 0, 0]
    assert result(WIDTH + 9, 7) == [255, 255, 255]


def test_one_file_is_not_enough(client: ToolClient) -> None:
    answer = post(client, "tools/beside", ("file", PNG))
    assert (answer.status_code, answer.json["code"]) == (400, "NO_FILE")
    assert answer.json["details"] == [FIELD_STAMP]


def test_two_files_of_one_kind_are_too_many(client: ToolClient) -> None:
    stamps = post(client, "tools/beside", ("file", PNG), ("stamp", STAMP), ("stamp", STAMP))
    assert (stamps.status_code, stamps.json["code"]) == (400, "TOO_MANY_FILES")
    assert stamps.json["details"][0]["field"] == "stamp"
    pictures = post(client, "tools/beside", ("file", PNG), ("file", PNG), ("stamp", STAMP))
    assert (pictures.status_code, pictures.json["code"]) == (400, "TOO_MANY_FILES")
    assert pictures.json["details"][0]["field"] == "file"


def test_a_second_picture_alone_is_nothing_to_work_on(client: ToolClient) -> None:
    answer = post(client, "tools/beside", ("stamp", STAMP))
    assert (answer.status_code, answer.json["code"]) == (400, "NO_FILE")
    assert answer.json["details"][0]["field"] == "file"


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"no picture", 400, "INVALID_IMAGE"),
        (b"", 400, "EMPTY_FILE"),
        (sample("rgb")[:60], 422, "DECODE_FAILED"),
    ],
)
def test_what_is_wrong_with_the_second_picture_names_it(
    client: ToolClient, content: bytes, status: int, code: str
) -> None:
    answer = post(client, "tools/beside", ("file", PNG), ("stamp", content))
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert answer.json["error"].startswith("stamp: ")


def test_one_second_picture_goes_with_every_file_of_a_batch(client: ToolClient) -> None:
    answer = post(
        client, "tools/beside/batch", ("files", PNG), ("stamp", STAMP), ("files", sample("jpeg"))
    )
    assert answer.status_code == 200, answer.text
    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    assert archive.namelist() == ["0_beside.png", "2_beside.jpg"]
    assert [width(archive.read(name)) for name in archive.namelist()] == [WIDTH + 10] * 2


def test_a_batch_wants_the_second_picture_by_name(client: ToolClient) -> None:
    answer = post(client, "tools/beside/batch", ("files", PNG), ("files", STAMP))
    assert (answer.status_code, answer.json["code"]) == (400, "NO_FILE")
    assert answer.json["details"] == [FIELD_STAMP]


def test_steps_of_a_pipeline_get_the_pictures_that_they_name(client: ToolClient) -> None:
    steps = [{"toolId": tool} for tool in ("beside", "upside-down", "beside", "covered")]
    answer = post(
        client,
        "pipeline/execute",
        ("file", PNG),
        ("mask", scene(4, 4).pngsave_buffer()),
        ("stamp", STAMP),
        pipeline=json.dumps(steps),
    )
    assert answer.status_code == 200, answer.text
    result = pyvips.Image.new_from_buffer(answer.data, "")
    assert result.width == WIDTH + 20
    assert result(0, 0) == [255, 0, 0]
    assert result(3, 3) == [255, 255, 255]


def test_a_pipeline_takes_the_second_file_for_its_only_second_picture(client: ToolClient) -> None:
    steps = json.dumps([{"toolId": "same"}, {"toolId": "beside"}])
    answer = post(client, "pipeline/execute", ("file", PNG), ("file", STAMP), pipeline=steps)
    assert answer.status_code == 200, answer.text
    assert width(answer.data) == WIDTH + 10


def test_a_pipeline_over_many_files_shares_the_second_picture(client: ToolClient) -> None:
    steps = json.dumps([{"toolId": "mirror"}, {"toolId": "beside"}])
    answer = post(
        client,
        "pipeline/batch",
        *[("files", PNG)] * 3,
        ("stamp", STAMP),
        pipeline=steps,
    )
    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    assert [width(archive.read(name)) for name in archive.namelist()] == [WIDTH + 10] * 3


def test_a_pipeline_without_the_second_picture_is_refused(client: ToolClient, jobs: Path) -> None:
    steps = json.dumps([{"toolId": "same"}, {"toolId": "beside"}])
    answer = post(client, "pipeline/execute", ("file", PNG), pipeline=steps)
    assert (answer.status_code, answer.json["code"]) == (400, "NO_FILE")
    assert answer.json["details"] == [FIELD_STAMP]
    assert not list(jobs.iterdir())


def test_a_tool_of_files_gets_the_second_one_last(client: ToolClient) -> None:
    answer = post(client, "tools/count", ("mask", STAMP), ("file", PNG))
    assert answer.json["fields"] == ["file", "mask"]


def test_every_frame_of_an_animation_gets_the_first_of_the_second_picture(
    client: ToolClient,
) -> None:
    answer = client.post("beside", sample("two-frames"), sample("two-frames"), name="a.gif")
    assert answer.status_code == 200, answer.text
    result = pyvips.Image.new_from_buffer(answer.data, "", n=-1)
    assert (result.width, result.get("n-pages")) == (2 * WIDTH, 2)
    assert json.loads(answer.headers["X-Ashim-Notes"]) == [
        "animation: only the first of 2 frames of the stamp was used"
    ]


def test_where_nothing_may_be_lost_a_second_animation_is_refused(client: ToolClient) -> None:
    frames = sample("two-frames")
    answer = post(client, "tools/beside", ("file", frames), ("stamp", frames), strict="true")
    assert (answer.status_code, answer.json["code"]) == (422, "WOULD_LOSE")
    assert answer.json["details"][0]["received"].endswith("frames of the stamp was used")


def test_tools_say_which_second_picture_they_need(client: ToolClient) -> None:
    known = client.http.get("/api/v1/tools/beside").json
    assert known is not None
    stamp = {"name": "stamp", "required": True, "description": ""}
    assert known["inputs"] == {"min": 1, "max": 1, "takes": ["image/*"], "extras": [stamp]}
    document = client.http.get("/api/v1/openapi.json").json
    assert document is not None
    content = document["paths"]["/api/v1/tools/beside"]["post"]["requestBody"]["content"]
    form = content["multipart/form-data"]["schema"]
    assert form["properties"]["stamp"]["format"] == "binary"
    assert form["required"] == ["stamp"]
    assert form["allOf"] == [{"anyOf": [{"required": ["file"]}, {"required": ["fileId"]}]}]
    assert "in the field `stamp`" in client.http.get("/llms-full.txt").text


def test_a_field_means_nothing_to_a_tool_that_does_not_name_it(client: ToolClient) -> None:
    assert post(client, "tools/same", ("stamp", PNG)).status_code == 200
