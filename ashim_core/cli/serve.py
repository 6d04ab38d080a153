"""`ashim serve`: start the server and say where it is."""

import click

from ashim_core.cli.announcement import announce
from ashim_core.cli.database import opened
from ashim_core.cli.options import load_config


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
    # A database that can't be used is one line here; later it would be one of many of gunicorn's.
    # It is closed again before processes are forked, which must not share a connection.
    with opened(config) as store:
        announce(config, store)
    Server(config, log_level).run()
