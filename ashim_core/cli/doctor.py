"""`ashim doctor`: is everything in place, and what would mend it."""

import importlib
import importlib.metadata
import platform
import sys
from collections.abc import Iterator

import click
import pyvips

import ashim_core
from ashim_core.cli.address import only_this_machine
from ashim_core.cli.database import Condition, condition, place
from ashim_core.cli.options import load_config
from ashim_core.config import Config, unknown_variables
from ashim_core.imaging.formats import FORMATS
from ashim_core.offer import offered_tools

_CODECS = ("jpg", "zlib", "webp", "libtiff", "avif", "littlecms2", "freetype2", "raqm")


@click.command()
def doctor() -> None:
    """Check the installation; exits with 1 when something needs mending."""
    problems = 0
    click.echo(f"ashim     {ashim_core.__version__}, Python {platform.python_version()}")
    click.echo(f"libvips   {'.'.join(str(pyvips.version(part)) for part in range(3))}")
    click.echo(f"formats   {', '.join(name for name in FORMATS if _works(name))}")
    click.echo(f"pillow    {pillow_flavour()}")
    config = load_config()
    click.echo(f"data      {config.data_dir.resolve()}")
    database = condition(config)
    summary = f" ({database.summary})" if database.summary else ""
    click.echo(f"database  {place(config)}{summary}")
    for problem in (*_database_problems(config, database), *_problems(config)):
        problems += 1
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
    warning = "; BOTH pillow and pillow-simd are installed, reinstall one of them" if both else ""
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
            "password: ashim user set-password, or DEFAULT_PASSWORD at the start"
        )


def _problems(config: Config) -> Iterator[str]:
    for name in unknown_variables():
        yield f"{name} is set, but nothing reads it"
    for name in FORMATS:
        if not _works(name):
            yield f"libvips can't read {name}: reinstall pyvips[binary]"
    registry, plugins = offered_tools(config)
    for plugin in plugins:
        if plugin.status == "failed":
            yield f"plugin {plugin.name} ({plugin.provenance}): {plugin.reason}; {plugin.next_step}"
    for tool in registry:
        for reason in tool.missing():
            yield f"tool {tool.id}: {reason}"
