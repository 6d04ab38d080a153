"""The pages of the tools say what the tools declare, and show what they do today."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import pytest
import pyvips
from pydantic import Field

from ashim_core.discovery import Sources, discover
from ashim_core.extra import Extra
from ashim_core.requirement import Program
from ashim_core.testing import assert_image_close, distance
from ashim_core.tool import (
    Context,
    FileTool,
    ImageTool,
    Shrink,
    Size,
    Tool,
    ToolSettings,
)
from docs._make import pictures, tool_pages
from docs._make.answers import answer
from docs._make.comparison import PANEL, as_jpeg, comparison
from docs._make.drawings import CHART, LOGO, PHOTO, File
from docs._make.examples import EXAMPLES, Example, examples_of
from docs._make.packages import NAMES
from docs._make.settings_table import settings_table
from docs._make.stage import Shown, Stage, Thing

REGISTRY, _ = discover(Sources(packages=NAMES))
TOOLS = list(REGISTRY)
IDS = {tool.id for tool in TOOLS}
CLOSE = 1
"""What pictures may differ by on average: codecs change a little from version to version."""
CLOSE_ANYWHERE = 4
"""What any small square of them may differ by: a word that moved is little on average."""
_ANSWER = re.compile(r"^```(text|json|diff)\n.+?^```", re.DOTALL | re.MULTILINE)

each_tool = pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.id)


def page_of(tool: Tool) -> str:
    return (tool_pages.PAGES / f"{tool.id}.md").read_text()


def embedded(tool: Tool) -> bool:
    return f"](../../images/tools/{tool.id}.jpg)" in page_of(tool)


@each_tool
def test_the_page_of_a_tool_is_up_to_date(tool: Tool, stage: Stage) -> None:
    assert page_of(tool) == tool_pages.tool_page(tool, stage), "run: ./run docs"


@each_tool
def test_the_page_of_a_tool_shows_what_comes_out(tool: Tool) -> None:
    assert embedded(tool) or _ANSWER.search(page_of(tool))


@each_tool
def test_a_tool_still_makes_what_its_picture_shows(tool: Tool, stage: Stage) -> None:
    if missing := tool.missing():
        pytest.skip("; ".join(missing))
    shown = stage.first(tool)
    assert embedded(tool) == shown.pictured
    if shown.pictured:
        path = pictures.TOOLS / f"{tool.id}.jpg"
        assert path.stat().st_size <= 25 * 1024
        drawn = pyvips.Image.jpegload_buffer(as_jpeg(comparison(shown)))
        committed = pyvips.Image.new_from_file(str(path))
        assert_image_close(committed, drawn, within=CLOSE)
        assert farthest(committed, drawn) <= CLOSE_ANYWHERE, "run: ./run docs, and look at it"


def farthest(one: pyvips.Image, other: pyvips.Image) -> float:
    """Give the mean difference of the square of 16 pixels that differs most."""
    squares = (one.cast("float") - other.cast("float")).abs().shrink(16, 16)
    return max(band.stats()(1, 0)[0] for band in squares.bandsplit())


def test_there_are_no_pages_and_pictures_of_tools_that_are_gone() -> None:
    assert {path.stem for path in tool_pages.PAGES.iterdir()} == IDS
    drawn = {tool.id for tool in TOOLS if embedded(tool)}
    assert {path.stem for path in pictures.TOOLS.iterdir()} == drawn


def test_examples_are_of_tools_that_are_there() -> None:
    assert EXAMPLES.keys() <= IDS


def test_another_look_is_found_out(stage: Stage) -> None:
    rotate = REGISTRY.find("rotate")
    committed = pyvips.Image.new_from_file(str(pictures.TOOLS / "rotate.jpg"))
    shown = stage.first(rotate)
    mirrored = Thing("mirrored", b"", picture_of(shown.after[0]).fliphor())
    other = comparison(Shown(shown.example, shown.before, (mirrored,)))
    assert distance(other, committed) > 3 * CLOSE


def test_a_small_change_is_found_out(stage: Stage) -> None:
    shown = stage.first(REGISTRY.find("resize"))
    drawn = comparison(shown)
    dotted = drawn.insert(pyvips.Image.black(8, 8, bands=3), 520, 100)
    assert distance(dotted, drawn) < CLOSE
    assert farthest(dotted, drawn) > CLOSE_ANYWHERE


def picture_of(thing: Thing) -> pyvips.Image:
    assert thing.picture is not None
    return thing.picture


def test_transparency_is_seen_as_a_checkerboard(stage: Stage) -> None:
    clear = pyvips.Image.black(PANEL, 90, bands=4).copy(interpretation="srgb")
    thing = Thing("clear.png", b"", clear)
    drawn = comparison(Shown(Example(), (thing,), (thing,)))
    assert (drawn.width, drawn.height) == (2 * PANEL + 16, 90)
    assert drawn(0, 0) == drawn(9, 9) == [255, 255, 255]
    assert drawn(9, 0) == drawn(0, 9) == [218, 218, 218]


def test_a_picture_of_half_the_size_is_drawn_half_as_large() -> None:
    red = (
        pyvips.Image.black(360, 180, bands=3)
        .copy(interpretation="srgb")
        .linear([1, 1, 1], [255, 0, 0])
    )
    large, small = red.cast("uchar"), red.cast("uchar").crop(0, 0, 180, 90)
    shown = Shown(Example(), (Thing("a", b"", large),), (Thing("b", b"", small),))
    drawn = comparison(shown)
    assert (drawn.width, drawn.height) == (2 * PANEL + 16, 180)
    assert drawn(PANEL + 16 + 89, 90) == drawn(PANEL + 16 + 270, 90) == [236, 236, 236]
    assert drawn(PANEL + 16 + 90, 90) == drawn(PANEL + 16 + 269, 90) == [255, 0, 0]
    assert drawn(0, 0) == drawn(359, 179) == [255, 0, 0]


def test_a_tool_that_cannot_run_keeps_its_example(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tool = stage.registry.find("rotate")
    written = tool_pages.tool_page(tool, stage)
    (tmp_path / "rotate.md").write_text(written.replace("curl -fsS", "curl -f"))
    (tmp_path / "rotate.jpg").write_bytes(b"as it was")
    (tmp_path / "gone.jpg").write_bytes(b"of a tool that is gone")
    monkeypatch.setattr(tool_pages, "PAGES", tmp_path)
    monkeypatch.setattr(pictures, "TOOLS", tmp_path)
    monkeypatch.setattr(tool, "requires", (Program("no-such-program", "nowhere"),))
    page = tool_pages.tool_page(tool, stage)
    assert "curl -f -F file=@photo.jpg" in page
    assert "- It needs the program `no-such-program`: `apt-get install nowhere`.\n" in page
    assert "tools/rotate.jpg" not in [*pictures.write_comparisons(stage)]
    assert (tmp_path / "rotate.jpg").read_bytes() == b"as it was"
    assert not (tmp_path / "gone.jpg").exists()


def test_a_tool_that_never_ran_has_no_page(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tool = stage.registry.find("rotate")
    monkeypatch.setattr(tool_pages, "PAGES", tmp_path)
    monkeypatch.setattr(tool, "requires", (Program("no-such-program", "nowhere"),))
    with pytest.raises(RuntimeError, match="the page of rotate has no example yet"):
        tool_pages.tool_page(tool, stage)


def test_writing_the_pages_removes_those_of_tools_that_are_gone(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for tool in TOOLS:
        (tmp_path / f"{tool.id}.md").write_text(page_of(tool))
    (tmp_path / "gone.md").write_text("a tool that is gone")
    monkeypatch.setattr(tool_pages, "PAGES", tmp_path)
    assert {*tool_pages.write_pages(stage)} == {f"tools/{name}.md" for name in IDS}
    assert {path.stem for path in tmp_path.iterdir()} == IDS


def test_an_example_that_is_refused_says_which(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(EXAMPLES, "rotate", (Example({"angle": "left"}),))
    with pytest.raises(RuntimeError, match=r"the example of rotate in examples\.toml of ashim-ess"):
        Stage(stage._client).first(REGISTRY.find("rotate"))


class Part(ToolSettings):
    """It holds others of its kind."""

    legacy_names = {"caption": "text"}

    text: str = Field(max_length=20, description="What it says.")
    mode: Literal["over", "under"] = Field(default="over", description="Above or below.")
    below: list["Part"] = Field(default=[], max_length=3, description="Those below it.")


class GlowSettings(ToolSettings):
    legacy_names = {"items": "parts"}

    parts: list[Part] = Field(default=[], max_length=5, description="A | B.")
    weights: list[int] | None = Field(default=None, min_length=2, max_length=3, description="W.")
    ratio: float | None = Field(default=None, gt=0, lt=0.5, description="Share.")


def glow(image: pyvips.Image, settings: GlowSettings) -> pyvips.Image:
    """Let a picture glow."""
    return image


def shrink(settings: GlowSettings, size: Size) -> Shrink[GlowSettings] | None:
    return None


def joined(context: Context[GlowSettings]) -> Iterable[Path]:
    """Join many pictures."""
    return [file.path for file in context.inputs]


GLOW = ImageTool(
    "glow",
    glow,
    GlowSettings,
    category="adjustments",
    aliases=["shine", "soft-light"],
    animation="first",
    shrink=shrink,
    experimental=True,
)
JOINED = FileTool("joined", joined, GlowSettings, category="layout", files=(2, 9))
PAIR = FileTool("pair", joined, GlowSettings, category="layout", files=(2, 2))


def test_settings_inside_of_lists_have_rows_of_their_own() -> None:
    assert settings_table(GLOW) == [
        "| Setting | Values | Default | Meaning |",
        "|---|---|---|---|",
        "| `parts` | list, up to 5: object | `[]` | A \\| B. |",
        "| `parts[].text` | string, up to 20 characters | required | What it says. |",
        '| `parts[].mode` | `over`, `under` | `"over"` | Above or below. |',
        "| `parts[].below` | list, up to 3: object | `[]` | Those below it. |",
        "| `weights` | list, 2 to 3: integer |  | W. |",
        "| `ratio` | number, above 0 to below 0.5 |  | Share. |",
    ]


NOTHING = FileTool("from-nothing", joined, GlowSettings, category="utilities", files=(0, 0))


def page(tool: Tool, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> str:
    """Write the page of a tool that isn't in the registry, without running it."""
    made = pyvips.Image.black(8, 8)
    thing = Thing("made.png", b"", made)
    example = examples_of(tool)[0]
    shown = Shown(example, (thing,) * len(example.files), (thing,))
    monkeypatch.setattr(stage, "first", lambda tool: shown)
    return tool_pages.tool_page(tool, stage)


def test_a_page_says_what_a_picture_tool_declares(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = page(GLOW, stage, monkeypatch)
    assert text.split("\n## ")[1:][1].splitlines() == [
        "Good to know",
        "",
        "- Experimental: it is offered where the setting `enableExperimentalTools` is true.",
        "- It answers to `shine` and `soft-light` as well.",
        "- It takes one file.",
        "- Of an animation it takes the first frame.",
        "- It works in sRGB: a wide gamut is converted.",
        "- A large picture is reduced while it is decoded, as far as its format allows.",
    ]
    assert text.endswith("- `items` is `parts`\n- `caption` is `text`\n")
    assert "![A landscape at sunset, and what glow makes of it]" in text


def test_a_page_says_how_many_files_a_tool_takes(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "- It takes 2 files.\n" in page(PAIR, stage, monkeypatch)
    text = page(JOINED, stage, monkeypatch)
    assert "- It takes 2 to 9 files.\n- It can't be a step among others in a pipeline.\n" in text
    assert "curl -fsS -F file=@photo.jpg -F file=@portrait.jpg -F file=@drawing.png \\\n" in text


def test_a_tool_that_takes_no_file_is_shown_by_what_it_makes(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = page(NOTHING, stage, monkeypatch)
    assert "curl -fsS -F 'settings={}' \\\n" in text
    assert "![What from-nothing makes](" in text
    assert "```text\n→ made.png, 8 x 8\n```" in text
    assert "- It takes no file.\n" in text
    drawn = comparison(stage.first(NOTHING))
    assert (drawn.width, drawn.height) == (PANEL, 8)


def test_extra_files_of_a_tool_that_takes_no_other_are_no_second_ones(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(NOTHING, "extras", (Extra("logo", required=False),))
    text = page(NOTHING, stage, monkeypatch)
    assert "- It takes no file but if you like one in the field `logo`.\n" in text


def test_a_second_picture_is_sent_and_named(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(GLOW, "extras", (Extra("overlay"),))
    text = page(GLOW, stage, monkeypatch)
    assert "curl -fsS -F file=@photo.jpg -F overlay=@logo.png \\\n" in text
    assert "- It takes one file, and a second picture in the field `overlay`.\n" in text
    assert "A landscape at sunset and a logo on a transparent ground, and what glow" in text
    monkeypatch.setitem(EXAMPLES, "glow", (Example(files=(CHART,)),))
    (example,) = examples_of(GLOW)
    assert [(file.field, file.name) for file in example.files] == [
        ("file", "chart.png"),
        ("overlay", "logo.png"),
    ]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"text": "it's"}, """-F 'settings={"text": "it'"'"'s"}'"""),
        ({"text": "a;b"}, """--form-string 'settings={"text": "a;b"}'"""),
        ({}, "-F file=@logo.png \\\n"),
    ],
)
def test_settings_are_quoted_for_shell_and_form(settings: dict[str, Any], words: str) -> None:
    assert words in tool_pages.request(GLOW, Example(settings, (LOGO,)))


def test_a_report_is_shown_without_what_varies() -> None:
    thing = Thing(PHOTO.name, PHOTO.content, None)
    shown = Shown(Example(), (thing,), (), report={"jobId": "1", "width": 3, "of": [{"size": 4}]})
    assert answer(shown) == [
        "```json",
        "{",
        '  "width": 3,',
        '  "of": [',
        "    {}",
        "  ]",
        "}",
        "```",
    ]
    assert not shown.pictured


def test_two_reports_are_shown_by_their_differences() -> None:
    thing = Thing("a.jpg", b"", None)
    told = ({"a": 1, "b": {"c": 2, "d": None}}, {"a": 1, "b": {"c": 3, "d": "x"}})
    shown = Shown(Example(), (thing,), (thing,), told=told)
    assert answer(shown) == ["```diff", "- b.c: 2", "+ b.c: 3", '+ b.d: "x"', "```"]


def test_what_comes_out_is_listed_below_what_goes_in() -> None:
    files = [Thing(name, b"", None) for name in ("a", "b", "c")]
    assert answer(Shown(Example(), tuple(files[:1]), tuple(files[1:]))) == [
        *("```text", "a", "→ b", "→ c", "```")
    ]
    pdf = Thing("d.pdf", b"%PDF-1.7 /Type /Page /Type /Pages", None)
    assert answer(Shown(Example(), (files[0],), (pdf,)))[1] == "a → d.pdf, 1 page"


def test_a_drawn_file_is_drawn_once() -> None:
    drawn: list[bytes] = []

    def draw() -> bytes:
        drawn.append(b"x")
        return b"x"

    file = File("x", draw, "nothing")
    assert file.content == file.content == b"x"
    assert drawn == [b"x"]
