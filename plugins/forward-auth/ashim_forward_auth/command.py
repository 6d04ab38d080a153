"""`ashim forward-auth`: who was let in by a proxy, and letting somebody in again."""

import click

from ashim_core.extension import opened_server
from ashim_forward_auth import seen


@click.group()
def forward_auth() -> None:
    """People whom a proxy in front signs in."""


@forward_auth.command("list")
def list_people() -> None:
    """List the accounts that people have come to."""
    with opened_server() as server:
        for name in seen.names(server):
            gone = "" if server.has_account(name) else "  [its account was removed]"
            click.echo(f"{name}{gone}")


@forward_auth.command()
@click.argument("name")
def forget(name: str) -> None:
    """Let somebody whose account was removed get another one."""
    with opened_server() as server:
        if not seen.forget(server, name):
            raise click.ClickException(f"Nobody of the name '{name}' was here.")
