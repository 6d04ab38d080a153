"""The interactive reference in a browser: what it shows can be executed as it is.

A page of this kind takes a second for each operation, so of the tools whose forms are alike one is
tried here. That the examples of every tool do what they say is seen without a browser.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from ashim_core.discovery import Sources, discover
from ashim_core.testing import sample
from ashim_core.tool import Tool
from tests.kinds import file_of
from tests.web.live import LiveServer, live_server


def one_of_each_form() -> list[Tool]:
    """Give a tool for each form that there is: its files, and whether settings have to be sent."""
    tools = [tool for tool in discover(Sources())[0] if not tool.missing()]
    forms = {(*files_of(tool).items(), tool.takes, needs_settings(tool)): tool for tool in tools}
    return list(forms.values())


def needs_settings(tool: Tool) -> bool:
    return any(field.is_required() for field in tool.settings.model_fields.values())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with live_server(tmp_path_factory.mktemp("docs-page")) as server:
        yield server


def test_execute_works_at_first_use(page: Page, server: LiveServer, tmp_path: Path) -> None:
    """One page for all: choose a file, press the button, see the answer."""
    complaints: list[str] = []
    page.on("console", lambda said: complaints.extend([said.text] * (said.type == "error")))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.route("**/openapi.json", without_refusals)
    page.goto(f"{server.address}/api/docs")
    for tool in one_of_each_form():
        file = tmp_path / f"{tool.id}.file"
        file.write_bytes(file_of(", ".join(tool.takes)))
        answer = executed(page, f"run{camel(tool.id)}", files_of(tool), file)
        assert answer.startswith("200"), f"{tool.id}: {answer}"
    picture = tmp_path / "a.png"
    picture.write_bytes(sample("rgb"))
    for operation, count in (("runBatch", 2), ("executePipeline", 1), ("executePipelineBatch", 2)):
        files = {"file" if count == 1 else "files": count}
        answer = executed(page, operation, files, picture)
        assert answer.startswith("200"), f"{operation}: {answer}"
    assert complaints == []


def without_refusals(route: Route) -> None:
    """Leave the answers out that aren't looked at: to draw them is most of the work."""
    document = route.fetch().json()
    for operations in document["paths"].values():
        for operation in operations.values():
            answers = operation["responses"].items()
            operation["responses"] = {status: item for status, item in answers if status == "200"}
    route.fulfill(json=document)


def executed(page: Page, operation: str, files: dict[str, int], picture: Path) -> str:
    """Open an operation, choose its files, execute it; give what is shown of the answer."""
    block = page.locator(f"[id^=operations-][id$=-{operation}]")
    block.locator(".opblock-summary-control").click()
    for name, count in files.items():
        field = block.locator(f"tr[data-property-name={name}]")
        for number in range(count):
            if name == "files":
                field.get_by_role("button", name=re.compile("Add")).click()
            field.locator("input[type=file]").nth(number).set_input_files(picture)
    block.locator(".execute").click()
    shown = block.locator(".live-responses-table tbody .response").first
    expect(shown.locator(".response-col_status")).to_have_text(re.compile(r"^\d{3}"))
    answer = shown.inner_text()
    assert "Response body" in answer, f"{operation}: {answer}"
    block.locator(".opblock-summary-control").click()
    return answer


def files_of(tool: Tool) -> dict[str, int]:
    """Give the fields for files of a tool, with how many are chosen."""
    least = max(tool.min_files, 1)
    main = {"file" if tool.max_files == 1 else "files": least} if tool.max_files else {}
    return main | {extra.name: 1 for extra in tool.extras if extra.required}


def camel(tool_id: str) -> str:
    return "".join(part.capitalize() for part in tool_id.split("-"))
