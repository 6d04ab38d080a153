"""Titles of settings: words that people read, made of names of the code."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ConfigDict, Field

from ashim_core.describe import settings_schema
from ashim_core.imaging.formats import CORE_FORMATS
from ashim_core.testing import ToolClient
from ashim_core.titles import title_of
from ashim_core.tool import FileTool, ToolSettings

_HUMP = re.compile(r"[a-z][A-Z]")
_WITH_HUMPS = ("IDs", "URLs", "WebP")


class Place(ToolSettings):
    offset_x: int = 0
    icc_url: str = Field(default="", title="what I Wrote")


class Frame(ToolSettings):
    model_config = ConfigDict(title="A frame, as I call it")

    depth: int = 0


class Settings(ToolSettings):
    without_enlargement: bool = False
    first_place: Place = Place()
    places: list[Place] = Field(default=[])
    frame: Frame = Frame()


def titles(part: Any) -> Iterator[str]:
    """Give the titles of a schema and of all schemas in it."""
    if isinstance(part, list):
        for item in part:
            yield from titles(item)
    elif isinstance(part, dict):
        if isinstance(part.get("title"), str):
            yield part["title"]
        for key, value in part.items():
            if key not in ("default", "examples"):
                yield from titles(value)


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("quality", "Quality"),
        ("without_enlargement", "Without enlargement"),
        ("strip_exif", "Strip EXIF"),
        ("gps", "GPS"),
        ("icc_profile_url", "ICC profile URL"),
        ("target_size_kb", "Target size KB"),
        ("shadow_offset_x", "Shadow offset X"),
        ("max_width_px", "Max width px"),
        ("pdf_ids", "PDF IDs"),
        ("keep_webp", "Keep WebP"),
        ("m1", "M1"),
        ("_hidden", "Hidden"),
        ("CellSettings", "Cell settings"),
        ("ImageToPdf", "Image to PDF"),
        ("GPSPoint", "GPS point"),
        ("RGB", "RGB"),
    ],
)
def test_a_name_becomes_words(name: str, title: str) -> None:
    assert title_of(name) == title


@pytest.fixture
def schema() -> Any:
    """The schema of the settings above, as a tool describes it."""
    tool = FileTool("tool", lambda context: [], Settings, category="utilities")
    return settings_schema(tool, CORE_FORMATS)["properties"]


def test_so_do_the_names_of_settings_and_of_what_is_in_them(schema: Any) -> None:
    assert schema["withoutEnlargement"]["title"] == "Without enlargement"
    assert schema["firstPlace"]["title"] == "First place"
    assert schema["places"]["title"] == "Places"
    place = schema["places"]["items"]
    assert place["title"] == "Place"
    assert place["properties"]["offsetX"]["title"] == "Offset X"


def test_what_an_author_wrote_stays(schema: Any) -> None:
    assert schema["firstPlace"]["properties"]["iccUrl"]["title"] == "what I Wrote"
    assert schema["frame"]["title"] == "A frame, as I call it"


def test_every_setting_of_every_tool_has_such_a_title(everything: ToolClient) -> None:
    for tool in everything.registry.with_actions():
        schema = settings_schema(tool, everything.registry.formats)
        for name, field in schema["properties"].items():
            assert field["title"], f"{tool.id}: {name}"
        for title in titles(schema):
            assert title[0].isupper(), f"{tool.id}: {title}"
            for word in title.split():
                assert word in _WITH_HUMPS or not _HUMP.search(word), f"{tool.id}: {title}"
