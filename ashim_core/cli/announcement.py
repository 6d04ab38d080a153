"""What `ashim serve` prints first: where the server is, how to use it, and what is missing."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from ashim_core.cli import landscape
from ashim_core.cli.address import base_url, only_this_machine
from ashim_core.cli.first_steps import (
    Administrator,
    administrator,
    command,
    sign_in_lines,
    try_lines,
)
from ashim_core.cli.listing import tools_as_served
from ashim_core.cli.options import fail
from ashim_core.cli.variables import unread_lines
from ashim_core.config import Config
from ashim_core.discovery import Plugin
from ashim_core.extensions.loaded import Extensions
from ashim_core.offer import refuse_failures
from ashim_core.registry import Registry
from ashim_core.server.group import configured_extensions
from ashim_core.store.database import Store

_FIRST_TOOL = "resize"


def announce(config: Config, store: Store) -> None:
    """Print what a person wants to know first; what needs attention goes to standard error."""
    registry, plugins = tools_as_served(config, store)
    extensions = configured_extensions(config)
    plugins += extensions.plugins
    try:
        refuse_failures(plugins, config)
    except RuntimeError as error:
        fail(str(error))
    who = administrator(store, config) if config.auth_enabled else None
    for line in (*_place_lines(config, registry), *_use_lines(config, registry, who)):
        click.echo(line)
    click.echo("")
    for line in (*_cautions(config, who), *_troubles(registry, plugins, extensions)):
        click.echo(line, err=True)


def _place_lines(config: Config, registry: Registry) -> Iterator[str]:
    base = base_url(config)
    yield f"ashim   {base}"
    yield f"docs    {base}/api/docs"
    yield f"tools   {', '.join(tool.id for tool in registry.enabled()) or 'none'}"
    yield ""


def _use_lines(config: Config, registry: Registry, who: Administrator | None) -> Iterator[str]:
    if who is not None:
        yield from sign_in_lines(config, who)
    if _FIRST_TOOL in {tool.id for tool in registry.enabled()}:
        yield from try_lines(config, _sample_picture(config), key=config.auth_enabled)


def _sample_picture(config: Config) -> Path:
    """Have a picture at hand for the first try; give its place."""
    path = config.data_dir.resolve() / "sample.jpg"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # By a process of its own: what drawing takes would stay in the memory of all to come. It
        # doesn't hear Ctrl-C: it is ended by the process that does.
        command = [sys.executable, "-m", landscape.__name__, str(path)]
        subprocess.run(command, check=True, process_group=0)  # noqa: S603
    return path


def _cautions(config: Config, who: Administrator | None) -> Iterator[str]:
    """Warn of what may be meant so on one's own machine, but not on a network."""
    if not only_this_machine(config):
        if not config.auth_enabled:
            yield (
                f"warning whoever reaches {config.host or 'any address'}:{config.port} is the "
                "administrator (AUTH_ENABLED=false)"
            )
        elif who is not None and who.default:
            yield (
                f"warning '{who.name}' can't sign in from other machines before there is a "
                f"password: '{command(config)} user set-password', or DEFAULT_PASSWORD at the "
                "start"
            )
    counts_apart = config.rate_limit_url.get_secret_value().startswith("memory:")
    if config.web_processes > 1 and counts_apart:
        yield (
            f"warning each of the {config.web_processes} web processes counts requests and logins "
            "for itself; ASHIM_RATE_LIMIT_URL=redis://... counts them together"
        )


def _troubles(registry: Registry, plugins: list[Plugin], extensions: Extensions) -> Iterator[str]:
    for line in unread_lines(extensions):
        yield f"warning {line}"
    for plugin in plugins:
        if plugin.status == "failed":
            yield f"failed  {plugin.name} ({plugin.provenance}): {plugin.reason}"
            yield f"        {plugin.next_step}"
    for tool in registry.enabled():
        if reason := registry.state(tool).reason:
            yield f"missing {tool.id}: {reason}"
