"""`ashim tools` and `ashim plugins`: what is installed, as a table or as JSON."""

import json

import click

from ashim_core.cli.options import load_config
from ashim_core.core import offered_tools, sources_of
from ashim_core.describe import describe_plugin, describe_tool
from ashim_core.discovery import discover


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Everything there is to know, as JSON.")
def tools(as_json: bool) -> None:
    """List the installed tools."""
    config = load_config()
    registry, _ = offered_tools(config)
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
    if as_json:
        click.echo(json.dumps([describe_plugin(plugin) for plugin in found], indent=2))
        return
    for plugin in found:
        click.echo(f"{plugin.status:8} {plugin.name:24} {plugin.provenance}")
        if plugin.reason:
            click.echo(f"         {plugin.reason}")
        if plugin.next_step:
            click.echo(f"         {plugin.next_step}")
