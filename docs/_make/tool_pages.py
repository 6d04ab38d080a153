"""Writes the pages of the tools: an index, and one page each with an example that was run."""

import json
import re
import shlex
import typing
from collections.abc import Iterator
from pathlib import Path

from ashim_core.extra import Extra
from ashim_core.pipelines.definition import why_not_step
from ashim_core.registry import Registry
from ashim_core.requirement import Program
from ashim_core.tool import ImageTool, Tool, ToolSettings
from docs._make.answers import answer
from docs._make.examples import Example, examples_of
from docs._make.markdown import fenced, listed, page
from docs._make.settings_table import settings_table
from docs._make.stage import Shown, Stage

PAGES = Path(__file__).parents[1] / "reference" / "tools"
_EXAMPLE = "## Example"
_KEPT = re.compile(rf"^{_EXAMPLE}\n\n(.*?)\n+(?=## |\Z)", re.DOTALL | re.MULTILINE)


def index(registry: Registry) -> str:
    """List all tools by category, each with a link to its page."""
    lines = []
    for category in dict.fromkeys(tool.category for tool in registry):
        tools = [tool for tool in registry if tool.category == category]
        if tools:
            lines += [f"## {category.capitalize()}", ""]
            lines += ["| Tool | Name | What it does |", "|---|---|---|"]
            lines += [f"| [{t.id}](tools/{t.id}.md) | {t.name} | {t.summary} |" for t in tools]
            lines.append("")
    return page(
        "Tools",
        "Every tool of this repository. Its page shows what it does, and has every setting. Where "
        'people sign in, a program adds `-H "Authorization: Bearer $ASHIM_KEY"` to the lines '
        "there. [All of them in one picture](../images/gallery.jpg).",
        *lines,
    )


def tool_page(tool: Tool, stage: Stage) -> str:
    """Describe one tool.

    What its example makes stays as it was written before where the tool can't run.
    """
    example = _kept(tool) if tool.missing() else [*_example(tool, stage.first(tool))]
    table = settings_table(tool)
    older = _older_names(tool)
    return page(
        tool.name,
        tool.summary,
        *(_EXAMPLE, "", *example, ""),
        *("## Good to know", "", *(f"- {fact}" for fact in _facts(tool)), ""),
        *(["## Settings", "", *table, ""] if table else ()),
        *(line for action in tool.actions for line in _action(action)),
        *(["## Older names", "", "Also understood:", "", *older] if older else ()),
    )


def _action(action: Tool) -> Iterator[str]:
    """Describe an action of a tool: what it is for, a line that runs it, and its settings."""
    yield from (f"## {action.name}", "", action.summary, "")
    example = examples_of(action)[0]
    yield from fenced(request(action, example, saving=isinstance(action, ImageTool)), "sh")
    yield from ("", f"On the command line: `ashim run {action.id}`.", "")
    if table := settings_table(action):
        yield from (*table, "")


def request(tool: Tool, example: Example, *, saving: bool = True) -> str:
    """Write the line that runs an example with curl.  saving: the answer is a file to keep."""
    parts = [f"-F {file.field}=@{file.name}" for file in example.files]
    if example.settings or not parts:
        text = f"settings={json.dumps(dict(example.settings or {}), ensure_ascii=False)}"
        # A form reads what follows a semicolon as the type of the text before.
        parts.append(f"{'--form-string' if ';' in text else '-F'} {shlex.quote(text)}")
    address = f"http://localhost:1349/api/v1/tools/{tool.id}"
    return f"curl -fsS {' '.join(parts)} \\\n  {address}{' -OJ' if saving else ''}"


def _example(tool: Tool, shown: Shown) -> Iterator[str]:
    """Write the request, then what came of it: a picture, and what is to be said in words."""
    yield from fenced(request(tool, shown.example, saving=shown.report is None), "sh")
    yield ""
    if shown.pictured:
        yield f"![{alternative(tool, shown)}](../../images/tools/{tool.id}.jpg)"
        yield ""
    yield from answer(shown)


def alternative(tool: Tool, shown: Shown) -> str:
    """Say what is seen on the picture of an example, for those who can't see it."""
    files = shown.example.files
    count = sum(thing.picture is not None for thing in shown.after)
    after = "what" if count == 1 else f"the {count} pictures that"
    if not files:
        return f"{after[0].upper()}{after[1:]} {tool.id} makes"
    part = "A detail of " if shown.example.detail else ""
    before = f"{part}{listed([file.says for file in files])}"
    source = "it" if len(files) == 1 else "them"
    return f"{before[0].upper()}{before[1:]}, and {after} {tool.id} makes of {source}"


def _kept(tool: Tool) -> list[str]:
    """Give the example as the page of a tool has it."""
    path = PAGES / f"{tool.id}.md"
    found = _KEPT.search(path.read_text()) if path.exists() else None
    if found is None:
        raise RuntimeError(
            f"the page of {tool.id} has no example yet, and none can be made here: "
            f"{'; '.join(tool.missing())}"
        )
    return found[1].splitlines()


def _facts(tool: Tool) -> Iterator[str]:
    """Say what else there is to know, a sentence or two each."""
    if tool.experimental:
        yield "Experimental: it is offered where the setting `enableExperimentalTools` is true."
    if tool.aliases:
        yield f"It answers to {listed([f'`{name}`' for name in tool.aliases])} as well."
    yield _inputs(tool)
    if isinstance(tool, ImageTool):
        yield from _picture_facts(tool)
    if place := _place(tool):
        yield place
    for need in tool.requires:
        yield (
            f"It needs the program `{need.name}`: `apt-get install {need.package}`."
            if isinstance(need, Program)
            else "It needs more than Python brings: `GET /api/v1/tools` says what is missing."
        )


def _place(tool: Tool) -> str:
    """Say where in a pipeline a tool can stand, if that isn't anywhere."""
    first, last = (why_not_step(tool, position, 2) is None for position in (0, 1))
    if first and last:
        return ""
    if not (first or last):
        return "It can't be a step among others in a pipeline."
    return f"In a pipeline it can only be the {'first' if first else 'last'} step."


def _inputs(tool: Tool) -> str:
    least, most = tool.min_files, tool.max_files
    exactly = {0: "no file", 1: "one file"}.get(most, f"{most} files")
    count = f"{least} to {most} files" if least < most else exactly
    besides = [_extra(extra, alone=not most) for extra in tool.extras]
    return f"It takes {count}{''.join(besides)}."


def _extra(extra: Extra, *, alone: bool) -> str:
    """Name an extra file.  alone: there are no others."""
    if alone:
        wanted = "a picture" if extra.required else "if you like one"
        return f" but {wanted} in the field `{extra.name}`"
    wanted = "a second picture" if extra.required else "if you like another one"
    return f", and {wanted} in the field `{extra.name}`"


def _picture_facts(tool: ImageTool) -> Iterator[str]:
    settings = tool.settings.model_validate(examples_of(tool)[0].settings)
    yield (
        "Every frame of an animation goes through it."
        if tool.animation == "each"
        else "Of an animation it takes the first frame."
    )
    yield (
        "With the settings of the example it keeps a wide gamut, with its profile."
        if tool.keeps_colour(settings)
        else "It works in sRGB: a wide gamut is converted."
    )
    if tool.shrink is not None:
        yield "A large picture is reduced while it is decoded, as far as its format allows."


def _older_names(tool: Tool) -> list[str]:
    """Give the names that older clients send, those inside of lists and objects too."""
    models: list[type[ToolSettings]] = []
    _collect(tool.settings, models)
    names = [pair for model in models for pair in model.legacy_names.items()]
    return [f"- `{old}` is `{new}`" for old, new in dict.fromkeys(names)]


def _collect(model: type[ToolSettings], found: list[type[ToolSettings]]) -> None:
    """Add a settings model and those inside of it, which may hold each other, each once."""
    found.append(model)
    for field in model.model_fields.values():
        for inner in _types(field.annotation):
            if isinstance(inner, type) and issubclass(inner, ToolSettings) and inner not in found:
                _collect(inner, found)


def _types(annotation: object) -> Iterator[object]:
    """Give the types that an annotation is made of."""
    yield annotation
    for part in typing.get_args(annotation):
        yield from _types(part)


def write_pages(stage: Stage) -> Iterator[str]:
    """Write the pages of all tools and remove those of tools that are gone; give their names."""
    PAGES.mkdir(exist_ok=True)
    ids = {tool.id for tool in stage.registry}
    for path in PAGES.glob("*.md"):
        if path.stem not in ids:
            path.unlink()
    for tool in stage.registry:
        (PAGES / f"{tool.id}.md").write_text(tool_page(tool, stage))
        yield f"tools/{tool.id}.md"
