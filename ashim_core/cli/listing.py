"""`ashim tools` and `ashim plugins`: what is installed, as a table or as JSON."""

import json
from contextlib import closing

import click

from ashim_core.cli.database import is_current, is_there
from ashim_core.cli.options import load_config
from ashim_core.config import Config
from ashim_core.describe import describe_plugin, describe_tool
from ashim_core.discovery import Plugin, discover
from ashim_core.errors import AshimError
from ashim_core.offer import offered_tools, sources_of
from ashim_core.preferences import PreferenceStore
from ashim_core.registry import Registry, Toggles
from ashim_core.server.group import configured_extensions
from ashim_core.store.database import Store, StoreProblem, open_store


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Everything there is to know, as JSON.")
def tools(as_json: bool) -> None:
    """List the installed tools."""
    registry = _registry(load_config())
    if as_json:
        click.echo(json.dumps([describe_tool(registry, tool) for tool in registry], indent=2))
        return
    for tool in registry:
        reason = registry.state(tool).reason
        click.echo(f"{tool.id:24} {tool.summary}" + (f"  [{reason}]" if reason else ""))


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Everything there is to know, as JSON.")
def plugins(as_json: bool) -> None:
    """List the plugins that were found, and why some failed."""
    config = load_config()
    _, found = discover(sources_of(config))
    found += configured_extensions(config).plugins
    if as_json:
        click.echo(json.dumps([describe_plugin(plugin) for plugin in found], indent=2))
        return
    for plugin in found:
        click.echo(f"{plugin.status:8} {plugin.name:24} {plugin.provenance}")
        if plugin.reason:
            click.echo(f"         {plugin.reason}")
        if plugin.next_step:
            click.echo(f"         {plugin.next_step}")


def tools_as_served(config: Config, store: Store) -> tuple[Registry, list[Plugin]]:
    """Discover the tools; those that the server's settings switch off are so here, too."""
    registry, plugins = discover(sources_of(config))
    preferences = PreferenceStore(store, config).load()
    disabled = config.disabled_tools | frozenset(preferences.disabled_tools)
    return registry.toggled(Toggles(disabled, preferences.enable_experimental_tools)), plugins


def _registry(config: Config) -> Registry:
    """Give the tools as the server offers them; makes no database where there is none."""
    if is_there(config):
        try:
            url = config.database_url.get_secret_value()
            with closing(open_store(url, config.database_path)) as store:
                if is_current(store):
                    return tools_as_served(config, store)[0]
        except (StoreProblem, AshimError, OSError) as error:
            click.echo(f"warning: the server's settings are not regarded: {error}", err=True)
    return offered_tools(config)[0]
