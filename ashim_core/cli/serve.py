"""`ashim serve`: start the server and say where it is."""

import shlex
import subprocess
import sys
from pathlib import Path

import click

from ashim_core.cli import landscape
from ashim_core.cli.options import fail, load_config
from ashim_core.config import Config, unknown_variables
from ashim_core.core import offered_tools, refuse_failures

_EVERYWHERE = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - recognised, not bound to


@click.command()
@click.option("--host", help="Address to listen on (HOST).")
@click.option("--port", type=int, help="Port to listen on (PORT).")
@click.option("--data-dir", type=click.Path(file_okay=False), help="Where to keep data (DATA_DIR).")
@click.option("--safe-mode", is_flag=True, default=None, help="Load no third-party plugins.")
@click.option("--log-level", default="warning", show_default=True, help="gunicorn's log level.")
def serve(
    host: str | None,
    port: int | None,
    data_dir: str | None,
    safe_mode: bool | None,
    log_level: str,
) -> None:
    """Start the server."""
    from ashim_core.web.server import Server  # noqa: PLC0415 - heavy, and only needed here

    config = load_config(host=host, port=port, data_dir=data_dir, safe_mode=safe_mode)
    _announce(config)
    Server(config, log_level).run()


def _sample_picture(config: Config) -> Path:
    """Have a picture at hand for the first try; give its place."""
    path = config.data_dir.resolve() / "sample.jpg"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # By a process of its own: what drawing takes would stay in the memory of all to come.
        subprocess.run([sys.executable, "-m", landscape.__name__, path], check=True)  # noqa: S603
    return path


def _announce(config: Config) -> None:
    """Print what a person wants to know first: where, how, and what is missing."""
    registry, plugins = offered_tools(config)
    try:
        refuse_failures(plugins, config)
    except RuntimeError as error:
        fail(str(error))
    host = "127.0.0.1" if config.host in _EVERYWHERE else config.host
    base = f"http://{host}:{config.port}{config.root_path}"
    click.echo(f"ashim   {base}")
    click.echo(f"docs    {base}/api/docs")
    click.echo(f"tools   {', '.join(tool.id for tool in registry.enabled()) or 'none'}")
    click.echo("")
    sample = shlex.quote(f"file=@{_sample_picture(config)}")
    click.echo(f"try     curl -fsS -F {sample} -F 'settings={{\"width\":800}}' \\")
    click.echo(f"             {base}/api/v1/tools/resize -o small.jpg")
    click.echo("")
    for name in unknown_variables():
        click.echo(f"warning {name} is set, but nothing reads it", err=True)
    for plugin in plugins:
        if plugin.status == "failed":
            click.echo(f"failed  {plugin.name} ({plugin.provenance}): {plugin.reason}", err=True)
            click.echo(f"        {plugin.next_step}", err=True)
    for tool in registry.enabled():
        if reason := registry.state(tool).reason:
            click.echo(f"missing {tool.id}: {reason}", err=True)
