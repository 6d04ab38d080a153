"""`ashim settings`: what may be changed while the server runs, on the database itself."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import click

from ashim_core.cli.database import opened, warn_if_new
from ashim_core.cli.options import load_config
from ashim_core.config import Config
from ashim_core.discovery import discover
from ashim_core.offer import sources_of
from ashim_core.policy import operator
from ashim_core.preferences import PreferenceStore


@click.group()
def settings() -> None:
    """Show and change the settings of the server; they act at once, also while it runs."""


@settings.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def list_settings(as_json: bool) -> None:
    """List all settings."""
    with _preferences(load_config()) as preferences:
        texts = preferences.texts()
    if as_json:
        click.echo(json.dumps(texts, indent=2, ensure_ascii=False))
        return
    for key, value in texts.items():
        click.echo(f"{key:24} {value}")


@settings.command("get")
@click.argument("key")
def get_setting(key: str) -> None:
    """Print the value of the setting KEY."""
    with _preferences(load_config()) as preferences:
        click.echo(preferences.get(key).value)


@settings.command("set")
@click.argument("key")
@click.argument("value")
def set_setting(key: str, value: str) -> None:
    """Set KEY to VALUE: true, 10, dark, or '["resize"]'."""
    _set(key, value)


@settings.command("unset")
@click.argument("key")
def unset_setting(key: str) -> None:
    """Bring the default of KEY back."""
    _set(key, None)


def _set(key: str, value: str | None) -> None:
    config = load_config()
    registry, _ = discover(sources_of(config))
    with _preferences(config) as preferences:
        preferences.set(operator(), {key: value}, registry.names)
        click.echo(f"{key} is {preferences.get(key).value}", err=True)


@contextmanager
def _preferences(config: Config) -> Iterator[PreferenceStore]:
    warn_if_new(config)
    with opened(config) as store:
        yield PreferenceStore(store, config)
