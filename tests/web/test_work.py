"""A picture function that uses its work: progress, facts, notes and an optional extra picture."""

import io
import json
import zipfile
from typing import Any

import pytest
import pyvips

from ashim_core.errors import PluginFailure
from ashim_core.testing import MakeClient, ToolClient, check_tool, sample
from ashim_core.tool import ImageTool, ToolSettings
from ashim_core.work import Work
from tests.data import darkroom, plain
from tests.web.test_second_pictures import post

GREY = (pyvips.Image.black(40, 20, bands=3) + 100).cast("uchar").copy(interpretation="srgb")
PICTURE = GREY.pngsave_buffer()
LEFT = pyvips.Image.identity(bands=1).crop(0, 0, 40, 1).embed(0, 0, 40, 20, extend="copy") < 20
MASK = LEFT.cast("uchar").copy(interpretation="b-w").pngsave_buffer()
FACTS = {"baths": 2, "masked": False}


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(darkroom, plain)


def values(data: bytes) -> tuple[Any, Any]:
    """Give what is at the left and at the right of a picture."""
    image = pyvips.Image.new_from_buffer(data, "")
    return image(0, 0)[0], image(39, 19)[0]


def test_it_keeps_the_rules(client: ToolClient) -> None:
    check_tool(client.core.registry.find("develop"))


def test_facts_and_notes_go_beside_a_file(client: ToolClient) -> None:
    answer = post(client, "tools/develop", ("file", PICTURE))
    assert values(answer.data) == (120, 120)
    assert json.loads(answer.headers["X-Ashim-Facts"]) == FACTS
    assert json.loads(answer.headers["X-Ashim-Notes"]) == ["It smells of vinegar."]


def test_no_facts_no_header(client: ToolClient) -> None:
    assert "X-Ashim-Facts" not in post(client, "tools/same", ("file", PICTURE)).headers


def in_json(client: ToolClient, path: str, *uploads: tuple[str, bytes], **form: Any) -> Any:
    data: dict[str, Any] = {**form}
    for number, (field, content) in enumerate(uploads):
        data.setdefault(field, []).append((io.BytesIO(content), f"{number}.png"))
    return client.http.post(
        f"/api/v1/{path}", data=data, headers={"Accept": "application/json"}
    ).json


def test_facts_stand_in_the_json_by_themselves_and_together(client: ToolClient) -> None:
    answer = in_json(client, "tools/develop", ("file", PICTURE))
    assert answer["facts"] == FACTS
    assert {name: answer[name] for name in FACTS} == FACTS


@pytest.mark.parametrize("fields", [("file", "mask"), ("mask", "file")])
def test_an_optional_picture_counts_if_it_comes(
    client: ToolClient, fields: tuple[str, str]
) -> None:
    contents = {"file": PICTURE, "mask": MASK}
    answer = post(client, "tools/develop", *((field, contents[field]) for field in fields))
    assert values(answer.data) == (120, 100)
    assert json.loads(answer.headers["X-Ashim-Facts"])["masked"] is True


def test_a_second_file_is_no_optional_picture(client: ToolClient) -> None:
    answer = post(client, "tools/develop", ("file", PICTURE), ("file", MASK))
    assert (answer.status_code, answer.json["code"]) == (400, "TOO_MANY_FILES")


def test_two_of_an_optional_picture_are_too_many(client: ToolClient) -> None:
    answer = post(client, "tools/develop", ("file", PICTURE), ("mask", MASK), ("mask", MASK))
    assert (answer.status_code, answer.json["code"]) == (400, "TOO_MANY_FILES")
    assert answer.json["details"][0]["field"] == "mask"


def test_what_is_wrong_with_an_optional_picture_names_it(client: ToolClient) -> None:
    answer = post(client, "tools/develop", ("file", PICTURE), ("mask", b"no picture"))
    assert (answer.status_code, answer.json["code"]) == (400, "INVALID_IMAGE")
    assert answer.json["error"].startswith("mask: ")


def test_a_batch_tells_the_facts_of_each_file(client: ToolClient) -> None:
    answer = in_json(
        client, "tools/develop/batch", ("files", PICTURE), ("files", PICTURE), ("mask", MASK)
    )
    assert [item["facts"] for item in answer["results"]] == [{"baths": 2, "masked": True}] * 2


def test_in_the_middle_of_a_pipeline_it_keeps_its_facts(client: ToolClient) -> None:
    steps = json.dumps([{"toolId": tool} for tool in ("same", "develop", "upside-down")])
    answer = post(client, "pipeline/execute", ("file", PICTURE), ("mask", MASK), pipeline=steps)
    assert values(answer.data) == (100, 120)
    assert json.loads(answer.headers["X-Ashim-Facts"]) == {"baths": 2, "masked": True}


def test_later_steps_have_the_last_word(client: ToolClient) -> None:
    steps = [{"toolId": "develop", "settings": {"baths": baths}} for baths in (3, 5)]
    answer = post(client, "pipeline/execute", ("file", PICTURE), pipeline=json.dumps(steps))
    assert values(answer.data) == (180, 180)
    assert json.loads(answer.headers["X-Ashim-Facts"])["baths"] == 5


def test_facts_outlive_a_step_that_makes_files(client: ToolClient) -> None:
    steps = json.dumps([{"toolId": "develop"}, {"toolId": "pages"}])
    answer = in_json(client, "pipeline/execute", ("file", PICTURE), pipeline=steps)
    assert answer["facts"] == FACTS


def test_an_animation_goes_through_frame_by_frame(client: ToolClient) -> None:
    answer = post(client, "tools/develop", ("file", sample("two-frames")))
    assert answer.status_code == 200, answer.text
    assert json.loads(answer.headers["X-Ashim-Facts"]) == FACTS


def test_in_an_archive_they_are_told_of_each_file(client: ToolClient) -> None:
    answer = post(client, "tools/develop/batch", ("files", PICTURE), manifest="yes")
    assert "X-Ashim-Facts" not in answer.headers
    (one,) = json.loads(zipfile.ZipFile(io.BytesIO(answer.data)).read("manifest.json"))
    assert one["facts"] == FACTS


def test_the_tool_tells_what_it_takes(client: ToolClient) -> None:
    known = client.http.get("/api/v1/tools/develop").json
    assert known is not None
    assert known["execution"] == "heavy"
    assert known["inputs"]["extras"] == [
        {"name": "mask", "required": False, "description": "White where light falls."}
    ]
    document = client.http.get("/api/v1/openapi.json").json
    assert document is not None
    content = document["paths"]["/api/v1/tools/develop"]["post"]["requestBody"]["content"]
    form = content["multipart/form-data"]["schema"]
    assert form["properties"]["mask"]["description"].startswith("White where light falls.")
    assert "mask" not in form["required"]
    text = client.http.get("/llms-full.txt").text
    assert "- Extra file, optional: 1, in the field `mask`. White where light falls." in text


class Nothing(ToolSettings):
    pass


def asks(image: pyvips.Image, settings: Nothing, work: Work) -> pyvips.Image:
    """Ask for something that was never declared."""
    work.extra("other")
    return image


def test_what_was_not_declared_can_not_be_asked_for() -> None:
    tool = ImageTool("asks", asks, Nothing, category="utilities")
    with pytest.raises(PluginFailure) as raised:
        check_tool(tool)
    assert "expected one of the extra files that asks declares" in str(raised.value.__cause__)


def test_a_function_takes_what_its_declarations_say() -> None:
    with pytest.raises(TypeError, match=r"expected asks\(picture, settings, second, work\)"):
        ImageTool("asks", asks, Nothing, category="utilities", second="mask")
