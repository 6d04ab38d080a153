"""`ashim serve`: start the server and say where it is."""

import errno

import click

from ashim_core.cli.announcement import announce
from ashim_core.cli.database import opened
from ashim_core.cli.options import fail, load_config
from ashim_core.config import Config


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
    from ashim_core.web.server import Server, listen  # noqa: PLC0415 - heavy, and only needed here

    config = load_config(host=host, port=port, data_dir=data_dir, safe_mode=safe_mode)
    try:
        listener = listen(config)
    except OSError as error:
        fail(_why_not(error, config))
    config = config.model_copy(update={"port": listener.getsockname()[1]})
    # A database that can't be used is one line here; later it would be one of many of gunicorn's.
    # It is closed again before processes are forked, which must not share a connection.
    with opened(config) as store:
        announce(config, store)
    Server(config, listener, log_level).run()


def _why_not(error: OSError, config: Config) -> str:
    """Say why the server can't listen where it shall."""
    place = f"port {config.port} of {config.host or 'this machine'}"
    if error.errno == errno.EADDRINUSE:
        return f"Another program uses {place} already. End it, or choose another port with --port."
    if error.errno == errno.EACCES:
        return f"This user may not use {place}. Choose one from 1024 on with --port."
    return f"The server can't listen on {place}: {error.strerror}."
