"""What a client accepts, told to the tools that choose by it."""

import io
import json
from collections.abc import Iterable
from types import ModuleType
from typing import Any

import pytest
import pyvips
from pydantic import Field

from ashim_core.plugin import Context, FileTool, ImageTool, Outcome, Tool, ToolSettings, hookimpl
from ashim_core.testing import MakeClient, ToolClient, sample


class Accepting(ToolSettings):
    negotiated = "accept"

    accept: list[str] = Field(default=[], max_length=32, description="Media types.")


def tell(context: Context[Accepting]) -> Outcome:
    """Tell what came."""
    return {"accept": context.settings.accept}


def same(image: pyvips.Image, settings: Accepting) -> pyvips.Image:
    """Change nothing."""
    return image


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield FileTool("tell", tell, Accepting, category="utilities")
    yield ImageTool("same", same, Accepting, category="utilities")


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    module = ModuleType("accepting")
    module.__file__ = __file__
    vars(module).update(ashim_tools=ashim_tools)
    return ashim(module)


def told(client: ToolClient, path: str, accept: str, **form: Any) -> Any:
    response = client.http.post(
        f"/api/v1/{path}",
        data={"file": (io.BytesIO(sample("rgb")), "a.png"), **form},
        headers={"Accept": accept},
        content_type="multipart/form-data",
    )
    response.get_data()
    response.close()
    assert response.status_code == 200, response.text
    return response.json["accept"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("image/avif,image/webp,*/*;q=0.8", ["image/avif", "image/webp", "*/*"]),
        ("image/webp;q=0, image/png", ["image/png"]),
        ("*/*", []),
        ("application/json", []),
        ("text/html, application/json", []),
    ],
)
def test_a_tool_hears_which_pictures_are_accepted(
    client: ToolClient, accept: str, expected: list[str]
) -> None:
    assert told(client, "tools/tell", accept) == expected
    steps = json.dumps([{"toolId": "same"}, {"toolId": "tell"}])
    assert told(client, "pipeline/execute", accept, pipeline=steps) == expected


def test_what_the_caller_says_counts(client: ToolClient) -> None:
    settings = json.dumps({"accept": ["image/png"]})
    assert told(client, "tools/tell", "image/avif", settings=settings) == ["image/png"]


def test_a_long_header_is_cut(client: ToolClient) -> None:
    accept = ",".join(f"image/x-{number}" for number in range(200))
    assert len(told(client, "tools/tell", accept)) == 32
