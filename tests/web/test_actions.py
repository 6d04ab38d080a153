"""Actions of a tool: at an address of their own, and in every other way like a tool."""

import json
from typing import Any

import pytest
import pyvips

from ashim_core.registry import Toggles
from ashim_core.testing import MakeClient, ToolClient, check_tool
from ashim_core.tool import FileTool, ImageTool, Tool
from tests.data import darkroom, plain
from tests.web.test_second_pictures import post
from tests.web.test_work import PICTURE, values


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(darkroom, plain)


@pytest.mark.parametrize("tool", ["develop", "expose"])
def test_an_action_that_reports(client: ToolClient, tool: str) -> None:
    answer = post(client, f"tools/{tool}/meter", ("file", PICTURE), settings='{"scale": 2}')
    assert (answer.status_code, answer.json["mean"]) == (200, 200)


def test_an_action_that_makes_a_picture(client: ToolClient) -> None:
    answer = post(client, "tools/develop/negative", ("file", PICTURE))
    assert values(answer.data) == (155, 155)
    assert answer.headers["X-Output-Filename"] == "0_develop-negative.png"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("tools/develop/wash", 404, "TOOL_NOT_FOUND"),
        ("tools/no-such-tool/meter", 404, "TOOL_NOT_FOUND"),
        ("tools/upside-down/meter", 404, "TOOL_NOT_FOUND"),
    ],
)
def test_what_is_no_action_is_not_found(
    client: ToolClient, path: str, status: int, code: str
) -> None:
    answer = post(client, path, ("file", PICTURE))
    assert (answer.status_code, answer.json["code"]) == (status, code)


def test_settings_are_those_of_the_action(client: ToolClient) -> None:
    answer = post(client, "tools/develop/meter", ("file", PICTURE), settings='{"baths": 2}')
    assert (answer.status_code, answer.json["code"]) == (400, "INVALID_SETTINGS")
    assert answer.json["error"].startswith("Invalid settings for develop/meter:")


def test_an_action_can_be_a_step(client: ToolClient) -> None:
    steps = [{"toolId": name} for name in ("develop/negative", "expose", "develop/meter")]
    answer = post(client, "pipeline/execute", ("file", PICTURE), pipeline=json.dumps(steps))
    assert (answer.status_code, answer.json["mean"]) == (200, 175)


def test_they_are_described_with_their_tool_and_alone(client: ToolClient) -> None:
    tools: Any = client.http.get("/api/v1/tools").json
    listed = {tool["id"]: tool for tool in tools["tools"]}
    assert not [name for name in listed if "/" in name]
    meter, negative = listed["develop"]["actions"]
    assert (meter["id"], meter["gives"]) == ("develop/meter", ["report"])
    assert negative["summary"] == "Show the film itself."
    assert client.http.get("/api/v1/tools/develop/meter").json == meter
    assert client.http.get("/api/v1/tools/develop/wash").status_code == 404


def test_they_are_documented(client: ToolClient) -> None:
    document: Any = client.http.get("/api/v1/openapi.json").json
    operation = document["paths"]["/api/v1/tools/develop/meter"]["post"]
    assert operation["operationId"] == "runDevelopMeter"
    (kind,) = operation["responses"]["200"]["content"].values()
    assert kind["schema"]["properties"]["mean"]["maximum"] == 255
    assert document["components"]["schemas"]["DevelopMeterSettings"]["properties"]["scale"]
    assert "\nPOST /api/v1/tools/develop/meter\n" in client.http.get("/llms-full.txt").text


def test_they_are_switched_off_with_their_tool(client: ToolClient) -> None:
    registry = client.core.registry.toggled(Toggles(disabled=frozenset({"develop"})))
    for name in ("develop", "develop/meter", "expose/negative"):
        assert not registry.state(registry.find(name)).enabled


def test_they_need_what_their_tool_needs(client: ToolClient) -> None:
    need = client.core.registry.find("needs-program").requires
    action = FileTool("look", darkroom.meter, darkroom.MeterSettings, category="utilities")
    tool = ImageTool(
        "whole",
        darkroom.negative,
        darkroom.Nothing,
        category="utilities",
        requires=need,
        actions=[action],
    )
    assert tool.actions[0].missing() == tool.missing() != []


def test_they_are_held_against_the_rules_with_their_tool() -> None:
    def unsaid(image: pyvips.Image, settings: darkroom.Nothing) -> pyvips.Image:
        return image

    tool = ImageTool(
        "whole",
        darkroom.negative,
        darkroom.Nothing,
        category="utilities",
        actions=[ImageTool("part", unsaid, darkroom.Nothing, category="utilities")],
    )
    with pytest.raises(AssertionError, match="whole/part: expected a docstring"):
        check_tool(tool)


def action(id: str, **declared: Any) -> Tool:
    return ImageTool(id, darkroom.negative, darkroom.Nothing, category="utilities", **declared)


@pytest.mark.parametrize(
    "wrong", [{"id": "batch"}, {"id": "a", "aliases": ["b"]}, {"id": "a", "actions": [action("c")]}]
)
def test_slips_of_authors_are_told(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="expected an action of whole to be a tool of one name"):
        action("whole", actions=[action(**wrong)])


def test_nothing_is_left_behind(client: ToolClient) -> None:
    post(client, "tools/develop/meter", ("file", PICTURE))
    assert not client.job_folders()
