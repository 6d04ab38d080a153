"""`ashim backup` and `ashim restore`: everything that is kept, as one file and back."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import click

from ashim_core.backup.manifest import Manifest
from ashim_core.backup.restore import Place
from ashim_core.backup.restore import restore as restore_data
from ashim_core.backup.save import save
from ashim_core.cli.options import fail, load_config, readable_errors
from ashim_core.config import Config
from ashim_core.data_folder import make_private
from ashim_core.presence import Presence
from ashim_core.store.database import open_store


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Save all data to FILE (a .tar.gz); the server may go on running.

    FILE holds password hashes and the key that signs links: keep it where only you can read it.
    Results that wait to be downloaded, and who is signed in, are not in it.
    """
    config = load_config()
    place = _place(config)
    with _explained():
        if not (place.url or place.database.exists()):
            fail(f"There is nothing to back up: {place.database} doesn't exist")
        with closing(open_store(place.url, place.database)) as store:
            manifest = save(store, place.data, file)
    click.echo(f"saved     {_sizes(manifest)}")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--replace",
    is_flag=True,
    help="Delete the rows that the database of DATABASE_URL has; a backup of them is made first.",
)
def restore(file: Path, replace: bool) -> None:
    """Put the data of a backup in the place of the present data, which is kept beside it.

    Stop the server before, and run this as the user that the server runs as. Everybody has to sign
    in again.
    """
    config = load_config()
    place = _place(config)
    with _explained():
        make_private(place.data, config.umask)
    with _explained(), _alone(place.data):
        done = restore_data(file, place, replace=replace)
    click.echo(f"restored  {_sizes(done.manifest)}")
    if done.before:
        click.echo(f"before    {done.before} holds what was there")


def _place(config: Config) -> Place:
    url = config.database_url.get_secret_value()
    return Place(config.data_dir.resolve(), config.database_path, url)


def _sizes(manifest: Manifest) -> str:
    tables = ", ".join(f"{rows} {name}" for name, rows in manifest.rows.items() if rows)
    return f"{tables} (ashim {manifest.version}, {manifest.created:%Y-%m-%d %H:%M} UTC)"


@contextmanager
def _alone(data: Path) -> Iterator[None]:
    """Refuse while a server uses the data folder, and keep one from starting meanwhile."""
    with Presence(data) as presence:
        if not presence.alone:
            fail(f"A server uses {data}: stop it first")
        yield


@contextmanager
def _explained() -> Iterator[None]:
    try:
        with readable_errors():
            yield
    except OSError as error:
        fail(f"{error.filename or 'The disk'}: {error.strerror}")
