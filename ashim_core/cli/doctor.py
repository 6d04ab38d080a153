"""`ashim doctor`: is everything in place, and what would mend it."""

import importlib
import importlib.metadata
import os
import platform
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pyvips

import ashim_core
from ashim_core.cli.address import only_this_machine
from ashim_core.cli.database import Condition, condition, place
from ashim_core.cli.first_steps import command
from ashim_core.cli.options import load_config
from ashim_core.cli.variables import unread_lines
from ashim_core.config import Config
from ashim_core.discovery import Plugin
from ashim_core.imaging.formats import FORMATS
from ashim_core.installation import anew, one_pillow
from ashim_core.offer import offered_tools
from ashim_core.registry import Registry
from ashim_core.server.group import configured_extensions

_CODECS = ("jpg", "zlib", "webp", "libtiff", "avif", "littlecms2", "freetype2", "raqm")


@click.command()
def doctor() -> None:
    """Check the installation; exits with 1 when something needs mending."""
    click.echo(f"ashim     {ashim_core.__version__}, Python {platform.python_version()}")
    click.echo(f"libvips   {'.'.join(str(pyvips.version(part)) for part in range(3))}")
    click.echo(f"pillow    {pillow_flavour()}")
    config = load_config()
    registry, plugins = offered_tools(config)
    extensions = configured_extensions(config)
    click.echo(f"formats   {', '.join(_formats(registry))}")
    click.echo(f"data      {config.data_dir.resolve()}")
    database = condition(config)
    summary = f" ({database.summary})" if database.summary else ""
    click.echo(f"database  {place(config)}{summary}")
    problems = (
        *_folder_problems(config.data_dir.resolve()),
        *_database_problems(config, database),
        *unread_lines(extensions),
        *_tool_problems(registry, [*plugins, *extensions.plugins]),
    )
    for problem in problems:
        click.echo(f"problem   {problem}")
    if problems:
        sys.exit(1)
    click.echo("everything is in place")


def pillow_flavour() -> str:
    """Say which Pillow is active, its version and its codecs."""
    try:
        features = importlib.import_module("PIL.features")
        version = importlib.import_module("PIL").__version__
    except ImportError:
        return "not installed (no installed tool needs it)"
    name = "Pillow-SIMD" if ".post" in version else "Pillow"
    codecs = [codec for codec in _CODECS if features.check(codec)]
    both = _installed("pillow") and _installed("pillow-simd")
    warning = f"; BOTH pillow and pillow-simd are installed: {one_pillow()}" if both else ""
    return f"{name} {version} ({', '.join(codecs)}){warning}"


def _installed(name: str) -> bool:
    try:
        importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _works(name: str) -> bool:
    return bool(pyvips.type_find("VipsOperation", FORMATS[name].loader))


def _database_problems(config: Config, database: Condition) -> Iterator[str]:
    if database.problem:
        yield database.problem
    if database.default_password and config.auth_enabled and not only_this_machine(config):
        yield (
            f"'{database.default_password}' can't sign in from other machines before there is a "
            f"password: {command(config)} user set-password, or DEFAULT_PASSWORD at the start"
        )


def _formats(registry: Registry) -> Iterator[str]:
    """Name what can be read, that of packages included, and by which package."""
    for item in registry.formats:
        if item.package:
            yield f"{item.name} ({item.package})"
        elif _works(item.name):
            yield item.name


def _folder_problems(folder: Path) -> Iterator[str]:
    """Say why nothing could be kept in the data folder, or in the one where it would be made."""
    place = folder
    while not place.exists():
        place = place.parent
    if not place.is_dir():
        yield f"{place} is no folder: DATA_DIR can't be {folder}"
    elif not os.access(place, os.W_OK | os.X_OK):
        yield (
            f"{place} can't be written to by user {os.getuid()}: give it the folder with chown, or "
            "set DATA_DIR"
        )


def _tool_problems(registry: Registry, plugins: list[Plugin]) -> Iterator[str]:
    for name in FORMATS:
        if not _works(name):
            yield f"libvips can't read {name}: {anew('pyvips[binary]')}"
    for plugin in plugins:
        if plugin.status == "failed":
            yield f"plugin {plugin.name} ({plugin.provenance}): {plugin.reason}; {plugin.next_step}"
    for tool in registry:
        host = registry.host
        for reason in (*tool.missing(host), *tool.missing_models(host)):
            yield f"tool {tool.id}: {reason}"
