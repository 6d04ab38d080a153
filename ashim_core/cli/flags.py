"""Flags of commands that run tools: those that all of them have, and one for each setting."""

import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from ashim_core.extra import Extra

_TYPES: dict[str, click.ParamType[Any]] = {
    "integer": click.INT,
    "number": click.FLOAT,
    "boolean": click.BOOL,
    "string": click.STRING,
}
_OWN = frozenset({"output", "overwrite", "jobs", "server", "key", "help"})
"""Names that mean something for every tool; a setting of such a name gets a longer flag."""
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_SETTING = "setting_"
_EXTRA = "extra_"


class _Json(click.ParamType[Any]):
    """A setting that is no single value, written as JSON."""

    name = "json"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return json.loads(value) if isinstance(value, str) else value
        except ValueError as error:
            self.fail(f"expected JSON, got {value!r} ({error})", param, ctx)


def files(*, required: bool) -> click.Argument:
    """Make the argument that takes the files to work on."""
    path = click.Path(exists=True, dir_okay=False, path_type=Path)
    return click.Argument(["files"], nargs=-1, required=required, type=path)


def common() -> list[click.Parameter]:
    """Make the flags that every such command has."""
    return [
        click.Option(
            ["-o", "--output"],
            type=click.Path(path_type=Path),
            help="A file, or a folder for several results.",
        ),
        click.Option(
            ["-f", "--overwrite"], is_flag=True, help="Replace files that are in the folder."
        ),
        click.Option(
            ["--jobs"],
            type=click.IntRange(1, 64),
            default=_processors,
            show_default="number of processors",
            help="How many files this machine processes at a time.",
        ),
        *of_server(),
    ]


def of_extras(extras: Sequence[Extra]) -> list[click.Parameter]:
    """Make a flag for each extra file of a tool."""
    path = click.Path(exists=True, dir_okay=False, path_type=Path)
    return [
        click.Option(
            [f"{_EXTRA}{extra.name}", *_flags(extra.name)],
            type=path,
            required=extra.required,
            metavar="FILE",
            help=f"{extra.description or 'Another picture.'} The same one for every file.",
        )
        for extra in extras
    ]


def any_extras() -> click.Parameter:
    """Make the flag that names extra files where the tools aren't known yet."""
    path = click.Path(exists=True, dir_okay=False, path_type=Path)
    return click.Option(
        ["--extra", "extras"],
        type=(str, path),
        multiple=True,
        metavar="FIELD FILE",
        help="An extra file that a step takes, such as: --extra watermark logo.png",
    )


def extras_in(values: Mapping[str, Any]) -> dict[str, Path]:
    """Give the extra files among the values of a command's parameters, by their fields."""
    return {
        name.removeprefix(_EXTRA): value
        for name, value in values.items()
        if name.startswith(_EXTRA) and value is not None
    }


def of_server() -> list[click.Parameter]:
    """Make the flags that name a server."""
    return [
        click.Option(
            ["--server"],
            metavar="URL",
            expose_value=False,
            help="Have a server do it (ASHIM_SERVER); '' is none.",
        ),
        click.Option(
            ["--key"], metavar="KEY", expose_value=False, help="The key for the server (ASHIM_KEY)."
        ),
    ]


def of_settings(schema: Mapping[str, Any]) -> list[click.Parameter]:
    """Make a flag from each property of a schema; unset means the tool's default."""
    return [
        _setting(name, field)
        for name, field in schema.get("properties", {}).items()
        if _NAME.fullmatch(name)
    ]


def _setting(name: str, field: Mapping[str, Any]) -> click.Option:
    """Make a flag of one setting; what is true or false is switched on and off."""
    type, flags = _type(field), _flags(name)
    switch = type is click.BOOL
    if switch:
        flags[0] = f"{flags[0]}/--no-{flags[0].removeprefix('--')}"
    return click.Option(
        [f"{_SETTING}{name}", *flags],
        type=type,
        is_flag=switch,
        default=None,
        help=_help(field),
    )


def _help(field: Mapping[str, Any]) -> str:
    """Say what a setting is for, within which bounds, and what it is when it isn't given."""
    facts = [text for option in _options(field) if (text := _bounds(option))]
    default = field.get("default")
    if default is not None:
        text = default if isinstance(default, str) else json.dumps(default, ensure_ascii=False)
        facts.append(f"default: {text}")
    told = f"[{'; '.join(facts)}]" if facts else ""
    return f"{field.get('description', '')} {told}".strip()


def _bounds(option: Mapping[str, Any]) -> str:
    """Write the range of a number, or the most characters of a text."""
    least, most = option.get("minimum"), option.get("maximum")
    if least is not None and most is not None:
        return f"{least:g} to {most:g}"
    if "exclusiveMinimum" in option and most is not None:
        return f"more than {option['exclusiveMinimum']:g}, at most {most:g}"
    if "maxLength" in option and "enum" not in option:
        return f"at most {option['maxLength']} characters"
    return ""


def _options(field: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Give what a setting may be, besides nothing."""
    return [item for item in field.get("anyOf", [field]) if item.get("type") != "null"]


def settings_in(values: Mapping[str, Any]) -> dict[str, Any]:
    """Give the settings among the values of a command's parameters."""
    return {
        name.removeprefix(_SETTING): value
        for name, value in values.items()
        if name.startswith(_SETTING) and value is not None
    }


def _processors() -> int:
    return min(os.cpu_count() or 1, 64)


def _flags(name: str) -> list[str]:
    snake = "".join(f"_{char.lower()}" if char.isupper() else char for char in name)
    kebab = snake.strip("_").replace("_", "-")
    names = sorted({name, kebab})
    return [f"--setting-{item}" if kebab in _OWN else f"--{item}" for item in names]


def _type(field: Mapping[str, Any]) -> click.ParamType[Any]:
    options = _options(field)
    if len(options) != 1:
        return _Json()
    if "enum" in options[0]:
        return click.Choice(options[0]["enum"])
    return _TYPES.get(str(options[0].get("type")), _Json())
