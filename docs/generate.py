"""Writes the reference pages from the code, so that they can't say anything else.

Run it as `./run docs`; a test fails when a page is not what this would write.
"""

import ast
import inspect
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
from pydantic_core import PydanticUndefined

from ashim_core import errors, hookspecs
from ashim_core.config import Config
from ashim_core.describe import settings_schema
from ashim_core.discovery import FIRST_PARTY, Sources, discover
from ashim_core.imaging.formats import FORMATS
from ashim_core.limits import Limits
from ashim_core.tool import Tool

REFERENCE = Path(__file__).parent / "reference"
_NOTICE = (
    "<!-- Written by docs/generate.py from the code. Change the code, then run ./run docs. -->"
)


def configuration() -> str:
    """Describe every environment variable."""
    rows = ["| Variable | Default | Meaning |", "|---|---|---|"]
    for name, field in Config.model_fields.items():
        variable = field.alias or name.upper()
        rows.append(f"| `{variable}` | {_default(field.default)} | {field.description} |")
    limits = ["| Limit | Default | Meaning |", "|---|---|---|"]
    for name, field in Limits.model_fields.items():
        limits.append(f"| {name} | {_default(field.default)} | {field.description} |")
    return _page(
        "Configuration",
        "Every setting of the server is an environment variable. An `ASHIM_*` variable that "
        "nothing reads is a warning at the start.",
        *rows,
        "",
        "## Limits of one task",
        "",
        "All of them are on by default. A request can't raise them.",
        "",
        *limits,
    )


def error_codes() -> str:
    """List every error code with its status."""
    rows = ["| Code | Status | Meaning |", "|---|---|---|"]
    for kind in _errors():
        meaning = inspect.getdoc(kind) if kind.__doc__ else ""
        rows.append(f"| `{kind.code}` | {kind.status} | {_one_line(meaning or '')} |")
    shape = {
        "error": "Invalid settings for resize: expected 'width' for 'widht' …",
        "code": "INVALID_SETTINGS",
        "statusCode": 400,
        "message": "the same sentence",
        "details": [{"field": "widht", "expected": "'width'", "received": "…"}],
        "requestId": "the same as in the header X-Request-Id and in the log",
    }
    return _page(
        "Errors",
        "Every error is JSON of one shape:",
        "```json",
        json.dumps(shape, indent=2, ensure_ascii=False),
        "```",
        "",
        "Tools may give codes of their own, with status 422. What the web server refuses by "
        "itself has `METHOD_NOT_ALLOWED` (405), `UNSUPPORTED_MEDIA_TYPE` (415) or "
        "`RANGE_NOT_SATISFIABLE` (416).",
        "",
        *rows,
    )


def hooks() -> str:
    """Describe every hook with its signature and example."""
    sections = []
    for name, function in vars(hookspecs).items():
        if name.startswith("ashim_"):
            sections += [f"## {name}()", "", *_markdown(inspect.getdoc(function) or ""), ""]
    return _page("Hooks", "What a plugin can implement with `@hookimpl`.", *sections)


def formats() -> str:
    """List the formats of the core."""
    rows = [
        "| Format | Media type | Alpha | Animation | Default quality |",
        "|---|---|---|---|---|",
    ]
    for item in FORMATS.values():
        quality = item.quality if item.quality is not None else "lossless"
        rows.append(
            f"| {item.name} | {item.media_type} | {_tick(item.alpha)} | {_tick(item.animated)} "
            f"| {quality} |"
        )
    return _page("Formats", "What the core reads and writes; packages add more.", *rows)


def tools() -> str:
    """Describe every tool that this repository ships, with every setting."""
    registry, _ = discover(Sources(packages=FIRST_PARTY))
    sections = [line for tool in registry for line in _tool(tool)]
    return _page("Tools", "Every tool of this repository with every setting.", *sections)


PAGES: dict[str, Callable[[], str]] = {
    "configuration.md": configuration,
    "errors.md": error_codes,
    "formats.md": formats,
    "hooks.md": hooks,
    "tools.md": tools,
}


def _tool(tool: Tool) -> Iterator[str]:
    yield from (f"## {tool.id}", "", tool.summary, "")
    schema = settings_schema(tool)
    if tool.settings.example:
        settings = json.dumps(dict(tool.settings.example))
        yield from (
            "```sh",
            f"curl -fsS -F file=@photo.jpg -F 'settings={settings}' \\",
            f"  http://localhost:1349/api/v1/tools/{tool.id} -OJ",
            "```",
            "",
        )
    properties = schema.get("properties", {})
    if properties:
        yield from ("| Setting | Values | Default | Meaning |", "|---|---|---|---|")
    for name, field in properties.items():
        need = "required" if name in schema.get("required", []) else _code(field.get("default"))
        yield f"| `{name}` | {_values(field)} | {need} | {field['description']} |"
    yield ""


def _values(field: dict[str, Any]) -> str:
    options = [item for item in field.get("anyOf", [field]) if item.get("type") != "null"]
    return " or ".join(_value(item | {"x-ui": field.get("x-ui")}) for item in options)


def _value(field: dict[str, Any]) -> str:
    if "enum" in field:
        return ", ".join(f"`{item}`" for item in field["enum"])
    if field["x-ui"] == "color":
        return "a colour"
    low = field.get("minimum", field.get("exclusiveMinimum"))
    high = field.get("maximum", field.get("exclusiveMaximum"))
    if low is None or high is None:
        return str(field["type"])
    above = "above " if "exclusiveMinimum" in field else ""
    return f"{field['type']}, {above}{low:g} to {high:g}"


def _code(value: object) -> str:
    return "" if value is None else f"`{json.dumps(value)}`"


def _errors() -> Iterator[type[errors.AshimError]]:
    """Give the error classes in the order of their statuses."""
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.AshimError)
    ]
    yield from sorted(kinds, key=lambda kind: (kind.status, kind.code))


def _markdown(docstring: str) -> list[str]:
    """Turn the indented example of a docstring into a code block."""
    text, _, example = docstring.partition("Example:")
    code = inspect.cleandoc(example)
    ast.parse(code)
    return [text.strip(), "", "```python", code, "```"]


def _page(title: str, introduction: str, *lines: str) -> str:
    return "\n".join([_NOTICE, "", f"# {title}", "", introduction, "", *lines]).rstrip() + "\n"


def _default(value: object) -> str:
    if value is None or value is PydanticUndefined or value in ("", frozenset()):
        return ""
    return f"`{value}`"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _tick(value: bool) -> str:
    return "yes" if value else "no"


@click.command()
def main() -> None:
    """Write all reference pages."""
    REFERENCE.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page())
        click.echo(f"wrote docs/reference/{name}")


if __name__ == "__main__":
    main()
