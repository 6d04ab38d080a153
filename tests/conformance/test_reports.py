"""What tools report is what the documentation of the API says: clients are made from that."""

import io
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator

from ashim_core.discovery import Sources, discover
from ashim_core.testing import ToolClient
from ashim_core.testing.client import make_client
from ashim_core.tool import FileTool, Tool
from docs._make.examples import examples_of

REGISTRY, _ = discover(Sources())
REPORTING = [
    (tool, one)
    for tool in REGISTRY
    for one in (tool, *tool.actions)
    if isinstance(one, FileTool) and one.report and not one.hidden
]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ToolClient]:
    with closing(make_client(tmp_path_factory.mktemp("reports"))) as made:
        yield made


@pytest.fixture(scope="module")
def document(client: ToolClient) -> dict[str, Any]:
    found: dict[str, Any] = client.http.get("/api/v1/openapi.json").get_json()
    return found


def test_there_are_some() -> None:
    assert len(REPORTING) > 3


@pytest.mark.parametrize(("tool", "one"), REPORTING, ids=lambda tool: tool.id)
def test_a_report_is_as_documented(
    client: ToolClient, document: dict[str, Any], tool: Tool, one: FileTool
) -> None:
    report = _reported(client, tool, one)
    answer = document["paths"][f"/api/v1/tools/{one.id}"]["post"]["responses"]["200"]
    schema = answer["content"]["application/json"]["schema"]
    validator = OAS31Validator({**schema, "components": document["components"]})
    assert not [error.message for error in validator.iter_errors(report)]
    broken = {name: value for name, value in report.items() if name == "jobId"}
    assert [*validator.iter_errors(broken)], "expected a report without its fields to be none"


def _reported(client: ToolClient, tool: Tool, one: FileTool) -> dict[str, Any]:
    """Have a tool report on the files of its own example, or its action on those of the tool."""
    example = examples_of(tool)[0]
    settings = example.settings if one is tool else dict(one.settings.example)
    data: dict[str, Any] = {"settings": json.dumps(dict(settings or {}))}
    for file in example.files:
        name = Path(file.name).name
        data.setdefault(file.field, []).append((io.BytesIO(file.content), name))
    response = client.http.post(
        f"/api/v1/tools/{one.id}", data=data, content_type="multipart/form-data"
    )
    assert response.status_code == 200, response.text
    response.request.environ["wsgi.input"].close()
    report: dict[str, Any] = response.get_json()
    return report
