"""What file tools say that they give: where they may stand, what is documented, what is held."""

import json
from typing import Any

import pytest
import pyvips

from ashim_core.testing import MakeClient, ToolClient, sample
from ashim_core.tool import FileTool, ToolSettings
from tests.data import filing, giving, plain
from tests.web.test_second_pictures import post

PNG = sample("rgb")
LOOK = {"look": True}


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(giving, plain)


def pipeline(client: ToolClient, *steps: tuple[str, dict[str, Any]]) -> Any:
    text = json.dumps([{"toolId": tool, "settings": settings} for tool, settings in steps])
    return post(client, "pipeline/execute", ("file", PNG), pipeline=text)


def test_a_file_tool_that_gives_a_picture_may_stand_anywhere(client: ToolClient) -> None:
    answer = pipeline(client, ("upside-down", {}), ("as-asked", {}), ("mirror", {}))
    assert answer.status_code == 200, answer.text
    result = pyvips.Image.new_from_buffer(answer.data, "")
    expected = pyvips.Image.new_from_buffer(PNG, "").fliphor()
    assert (result - expected).abs().max() == 0


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (("as-asked", LOOK), "gives a report with these settings"),
        (("text", {}), "gives text/plain files"),
        (("untyped", {}), "gives a report"),
        (("pages", {}), "may give several files or a report"),
    ],
)
def test_what_gives_no_picture_can_only_be_the_last(
    client: ToolClient, step: tuple[str, dict[str, Any]], said: str
) -> None:
    answer = pipeline(client, step, ("same", {}))
    assert (answer.status_code, answer.json["code"]) == (400, "VALIDATION_ERROR")
    assert answer.json["error"] == (
        f"Step 1 ({step[0]}): The tool '{step[0]}' {said}, so it can only be the last step."
    )


def test_the_model_of_a_report_is_documented_and_answered(client: ToolClient) -> None:
    answer = client.post("as-asked", PNG, look=True).json
    assert answer is not None
    assert (answer["width"], answer["height"]) == (48, 32)
    document = client.http.get("/api/v1/openapi.json").json
    assert document is not None
    answers = document["paths"]["/api/v1/tools/as-asked"]["post"]["responses"]["200"]["content"]
    assert "image/png" in answers
    (_, report) = answers["application/json"]["schema"]["anyOf"]
    assert report["properties"]["width"]["description"] == "In pixels."
    alone = document["paths"]["/api/v1/tools/untyped"]["post"]["responses"]["200"]["content"]
    assert list(alone) == ["application/json"]


@pytest.mark.parametrize(
    ("tool", "outputs", "gives"),
    [
        ("same", "picture", ["picture"]),
        ("same/size", "report", ["report"]),
        ("as-asked", "picture or report", ["picture", "report"]),
        ("text", "files", ["text/plain"]),
        ("untyped", "report", ["report"]),
        ("pages", "files or report", []),
        ("shelves", "files", ["folders"]),
    ],
)
def test_a_tool_says_what_may_come_back(
    ashim: MakeClient, tool: str, outputs: str, gives: list[str]
) -> None:
    described: Any = ashim(giving, plain, filing).http.get(f"/api/v1/tools/{tool}").json
    assert (described["outputs"], described["gives"]) == (outputs, gives)


def test_a_tool_describes_its_report(client: ToolClient) -> None:
    for name in ("as-asked", "untyped"):
        report = client.http.get(f"/api/v1/tools/{name}").json["report"]  # type: ignore[index]
        assert report["required"] == ["width", "height"]
        assert report["properties"]["width"]["description"] == "In pixels."
    for name in ("same", "pages", "same/size", "text"):
        described: Any = client.http.get(f"/api/v1/tools/{name}").json
        assert described["report"] is None


def test_language_models_are_told_what_is_reported(client: ToolClient) -> None:
    text = client.http.get("/llms-full.txt").text
    section = text.partition("## as-asked\n")[2].partition("\n## ")[0]
    assert "- Answers: a picture, a report as JSON with the keys `width`, `height`." in section


@pytest.mark.parametrize(
    ("tool", "settings", "said"),
    [
        ("as-asked", {"lie": True}, "gives picture, it said, and gave a report."),
        ("as-asked", {"lie": True, "look": True}, "gives report, it said, and gave 1 file(s)."),
        ("untyped", {}, "reports Sides, it said, and gave dict."),
    ],
)
def test_a_tool_that_gives_something_else_has_failed(
    client: ToolClient, tool: str, settings: dict[str, Any], said: str
) -> None:
    answer = client.post(tool, PNG, **settings)
    assert answer.json is not None
    assert (answer.status_code, answer.json["code"]) == (500, "PLUGIN_ERROR")
    assert answer.json["error"] == f"The tool '{tool}' {said}"


def test_tools_are_listed_with_what_they_give(client: ToolClient) -> None:
    tools = client.http.get("/api/v1/tools").json
    assert tools is not None
    known = {tool["id"]: (tool["gives"], tool["pipelineStep"]) for tool in tools["tools"]}
    assert known["as-asked"] == (["picture", "report"], True)
    assert known["text"] == (["text/plain"], False)
    assert known["pages"] == ([], False)
    assert known["same"] == (["picture"], True)


def untold(settings: ToolSettings) -> str:
    return "picture"


@pytest.mark.parametrize(
    ("declared", "error", "said"),
    [
        ("pictures", ValueError, "expected picture, files, folders, report or a media type"),
        (untold, TypeError, r"expected untold\(\) to say what it returns"),
    ],
)
def test_slips_of_authors_are_told(declared: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        FileTool("slip", giving.text, giving.AsAsked, category="utilities", gives=declared)


def test_a_model_without_a_report_is_a_slip() -> None:
    with pytest.raises(ValueError, match="to say that it gives one"):
        FileTool("slip", giving.text, giving.AsAsked, category="utilities", report=giving.Sides)
