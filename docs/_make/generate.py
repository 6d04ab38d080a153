"""Writes the reference pages from the code, so that they can't say anything else.

Run it as `./run docs`; a test fails when a page is not what this would write.
"""

import inspect
import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import click
from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from ashim_core import errors
from ashim_core.config import Config
from ashim_core.configured import secret_files, variable
from ashim_core.discovery import Sources, discover
from ashim_core.imaging.cost import STEP
from ashim_core.imaging.encode import TRIES
from ashim_core.imaging.formats import Format, Formats
from ashim_core.limits import DEAREST, Limits
from ashim_core.preferences import Preferences
from docs._make import hooks
from docs._make.author_api import author_api, extension_api
from docs._make.markdown import code, one_line, page
from docs._make.packages import NAMES
from docs._make.routes import api, permissions, type_of
from docs._make.stage import open_stage
from docs._make.tool_pages import index, write_pages

REFERENCE = Path(__file__).parents[1] / "reference"


def configuration() -> str:
    """Describe every environment variable."""
    rows = ["| Variable | Default | Meaning |", "|---|---|---|"]
    for name, field in Config.model_fields.items():
        rows.append(
            f"| `{variable(Config, name)}` | {_default(field.default)} | {field.description} |"
        )
    limits = ["| Limit | Default | Meaning |", "|---|---|---|"]
    for name, field in Limits.model_fields.items():
        limits.append(f"| {name} | {_default(field.default)} | {field.description} |")
    return page(
        "Configuration",
        "Every setting of the server is an environment variable. An `ASHIM_*` variable that "
        "nothing reads is a warning at the start. What administrators change while the server runs "
        "is in [settings.md](settings.md).",
        *rows,
        "",
        "## Secrets from files",
        "",
        f"{_listed(secret_files(Config))} name files that hold the value of the variable without "
        "`_FILE`, as containers and systemd hand secrets over. The variable itself comes first.",
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
        rows.append(f"| `{kind.code}` | {kind.status} | {one_line(meaning or '')} |")
    shape = {
        "error": "Invalid settings for resize: expected 'width' for 'widht' …",
        "code": "INVALID_SETTINGS",
        "statusCode": 400,
        "message": "the same sentence",
        "details": [{"field": "widht", "expected": "'width'", "received": "…"}],
        "requestId": "the same as in the header X-Request-Id and in the log",
    }
    return page(
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


def formats() -> str:
    """List the formats of the core and of the packages in this repository."""
    registry, _ = discover(Sources(packages=NAMES))
    rows = [
        "| Format | Media type | Read | Written | Alpha | Frames | ICC profile | Default quality "
        "| Comes with |",
        "|---|---|---|---|---|---|---|---|---|",
        *(_format(item) for item in registry.formats),
        "",
        "## What becomes of a picture",
        "",
        "Rows are what is written, columns what the picture had. Whatever is lost is named in the "
        "`notes` of the answer and in `X-Ashim-Notes`; with `strict=true` it is refused instead.",
        "",
        "| | wide gamut | CMYK | 16 bits | transparency | animation, pages |",
        "|---|---|---|---|---|---|",
        *(_fate(item) for item in registry.formats if item.encoder),
        "",
        "A wide gamut is kept by tools that only move pixels, such as resize, crop, rotate, "
        "convert and compress; other tools work in sRGB. The EXIF orientation is applied to the "
        "pixels.",
        "",
        *_time(registry.formats),
    ]
    return page("Formats", "What is read and written, with the packages that bring it.", *rows)


def _format(item: Format) -> str:
    quality = item.quality if item.quality is not None else "lossless" if item.encoder else "-"
    cells = (
        item.name,
        item.media_type,
        "yes",
        _tick(item.encoder is not None),
        _tick(item.alpha),
        _tick(item.animated),
        _tick(item.profile),
        quality,
        item.package or "the core",
    )
    return f"| {' | '.join(map(str, cells))} |"


def _time(formats: Formats) -> list[str]:
    """Say how much time a task gets for the pixels of each format."""
    limits = Limits()
    cells = (
        f"| {item.name} | {item.cost.read:g} | {item.cost.write if item.encoder else '-'} |"
        for item in formats
    )
    return [
        "## Time",
        "",
        f"A task has {limits.seconds:g} seconds, and {limits.pixel_time:g} times the CPU seconds "
        f"of its pixels ([`PROCESSING_TIMEOUT_S`, `ASHIM_PIXEL_TIME`](configuration.md)): those "
        f"below for each megapixel of all frames that is read or written, and {STEP:g} for each "
        f"that a tool works on. Written to a size in bytes it counts {TRIES} times. The sum is at "
        f"most {DEAREST:g} for each megapixel that one picture may have, so no task has more than "
        f"{limits.most_seconds:g} seconds by default.",
        "",
        "| | s/MP to read | s/MP to write |",
        "|---|---|---|",
        *cells,
    ]


def _fate(item: Format) -> str:
    """Say what becomes of each kind of picture in one format."""
    cells = (
        item.name,
        "kept, with its profile" if item.profile else "converted to sRGB",
        "converted to sRGB",
        "reduced to 8",
        "kept" if item.alpha else "flattened on white",
        "kept" if item.animated else "the first one",
    )
    return f"| {' | '.join(cells)} |"


def tools() -> str:
    """List the tools that this repository ships."""
    registry, _ = discover(Sources(packages=NAMES))
    return index(registry)


def settings() -> str:
    """Describe what administrators change while the server runs."""
    schema = Preferences.model_json_schema(by_alias=True)
    rows = ["| Setting | Values | Default | Meaning |", "|---|---|---|---|"]
    for name, field in schema["properties"].items():
        rows.append(
            f"| `{name}` | {type_of(field)} | {code(field['default'])} | {field['description']} |"
        )
    return page(
        "Settings",
        "What administrators change while the server runs, with `PUT /api/v1/settings` or `ashim "
        'settings set`. It acts at once, in every process. Values are read as text (`"true"`, '
        '`"10"`); whoever sets one may send the value itself as well, and null brings the '
        "default back.",
        *rows,
    )


PAGES: dict[str, Callable[[], str]] = {
    "api.md": api,
    "configuration.md": configuration,
    "errors.md": error_codes,
    "extension.md": extension_api,
    "formats.md": formats,
    "hooks.md": hooks.index,
    "permissions.md": permissions,
    "plugin.md": author_api,
    "settings.md": settings,
    "tools.md": tools,
    **{
        f"hooks/{name}.md": partial(hooks.hook_page, group, name, function)
        for group, name, function in hooks.hooks()
    },
}


def _listed(names: list[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def _errors() -> Iterator[type[errors.AshimError]]:
    """Give the error classes in the order of their statuses."""
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.AshimError)
    ]
    yield from sorted(kinds, key=lambda kind: (kind.status, kind.code))


def _default(value: object) -> str:
    """Write a default as it would be in the environment."""
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if value is None or value is PydanticUndefined or value in ("", frozenset(), ()):
        return ""
    return f"`{json.dumps(value)}`" if isinstance(value, bool) else f"`{value}`"


def _tick(value: bool) -> str:
    return "yes" if value else "no"


@click.command()
def main() -> None:
    """Write all reference pages."""
    REFERENCE.mkdir(exist_ok=True)
    for name, write in PAGES.items():
        (REFERENCE / name).parent.mkdir(exist_ok=True)
        (REFERENCE / name).write_text(write())
        click.echo(f"wrote docs/reference/{name}")
    with open_stage() as stage:
        for name in write_pages(stage):
            click.echo(f"wrote docs/reference/{name}")


if __name__ == "__main__":
    main()
