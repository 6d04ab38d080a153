"""`ashim user`: accounts, on the database itself; the way back in for whoever has the machine."""

import json
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import click
from pydantic import BaseModel

from ashim_core.cli.database import opened, warn_if_new
from ashim_core.cli.options import fail, load_config
from ashim_core.errors import Detail, ValidationFailed
from ashim_core.identity.records import (
    PASSWORD_MAX,
    PASSWORD_MIN,
    NewKey,
    NewUser,
    PasswordReset,
    UserChange,
    UserRecord,
)
from ashim_core.identity.service import Identity
from ashim_core.installation import ashim
from ashim_core.policy import operator
from ashim_core.wire.validation import validated

_GENERATED_BYTES = 12
_LINE = 10_000
"""Characters of standard input that are read for a password: more than one may have."""
_CENTURY_DAYS = 36_500

ModelT = TypeVar("ModelT", bound=BaseModel)

_name = click.argument("name")
_generate = click.option("--generate", is_flag=True, help="Make a random password and print it.")


@click.group()
def user() -> None:
    """List, make, change and delete accounts, also while the server runs.

    Nobody has to sign in for this: it works on the database of DATA_DIR or DATABASE_URL.
    Passwords are asked for, or read as one line from standard input.
    """


@user.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def list_users(as_json: bool) -> None:
    """List the accounts."""
    with _identity() as identity:
        users = identity.accounts.list().users
    if as_json:
        listed = [item.model_dump(mode="json", by_alias=True) for item in users]
        click.echo(json.dumps(listed, indent=2, ensure_ascii=False))
        return
    for item in users:
        note = "  [has to change the password]" if item.must_change_password else ""
        click.echo(f"{item.username:24} {item.role:12} {item.team}{note}")


@user.command()
@_name
@click.option("--role", default="user", show_default=True, help="Name of a role.")
@click.option("--team", help="Name or id of a team; without it, the default one.")
@click.option("--keep", is_flag=True, help="The password need not be changed at the first login.")
@_generate
def add(name: str, role: str, team: str | None, keep: bool, generate: bool) -> None:
    """Make the account NAME."""
    with _identity() as identity:
        password = _password(generate)
        new = _checked(NewUser, username=name, password=password, role=role, team=team)
        made = identity.accounts.register(operator(), new, must_change=not keep)
    _say(f"made '{made.username}' with the role {made.role} in the team {made.team}")
    if made.must_change_password:
        _say("the password has to be changed at the first login")
    _show(password, generate)


@user.command()
@_name
@click.option("--must-change", is_flag=True, help="It has to be changed at the next login.")
@_generate
def set_password(name: str, must_change: bool, generate: bool) -> None:
    """Give NAME a password. Ends all logins and API keys of NAME."""
    with _identity() as identity:
        found = _find(identity, name)
        password = _password(generate)
        new = _checked(PasswordReset, new_password=password).new_password
        identity.accounts.reset_password(operator(), found.id, new, must_change=must_change)
    _say(f"'{found.username}' has the new password; earlier logins and API keys have ended")
    _show(password, generate)


user.add_command(set_password, "reset-password")


@user.command()
@_name
@click.argument("role")
def set_role(name: str, role: str) -> None:
    """Give NAME another ROLE, which acts at once."""
    with _identity() as identity:
        found = _find(identity, name)
        identity.accounts.update(operator(), found.id, _checked(UserChange, role=role))
    _say(f"'{found.username}' has the role {role.lower()}")


@user.command()
@_name
@click.option("--yes", is_flag=True, help="Don't ask.")
def delete(name: str, yes: bool) -> None:
    """Delete the account NAME with its logins and API keys."""
    with _identity() as identity:
        found = _find(identity, name)
        if not yes and not sys.stdin.isatty():
            fail("expected --yes, as there is nobody to ask")
        if not yes:
            click.confirm(f"Delete '{found.username}' with all API keys?", abort=True, err=True)
        identity.accounts.delete(operator(), found.id)
    _say(f"deleted '{found.username}'")


@user.command()
@_name
@click.option("--name", "key_name", default="command line", show_default=True, help="Of the key.")
@click.option("--permissions", help="What the key may do, separated by commas; without it, all.")
@click.option(
    "--expires-days",
    type=click.IntRange(1, _CENTURY_DAYS),
    help="After how many days it stops working; without it, never.",
)
def create_key(name: str, key_name: str, permissions: str | None, expires_days: int | None) -> None:
    """Make an API key for NAME and print it, this once."""
    new = _checked(
        NewKey,
        name=key_name,
        permissions=None if permissions is None else _split(permissions),
        expires_at=expires_days and datetime.now(UTC) + timedelta(days=expires_days),
    )
    with _identity() as identity:
        made = identity.keys.create_for(operator(), _find(identity, name).id, new)
    click.echo(made.key)


@user.command()
@_name
def sign_out(name: str) -> None:
    """End all logins of NAME; API keys go on working."""
    with _identity() as identity:
        found = _find(identity, name)
        ended = identity.sessions.end_all(operator(), found.id)
    _say(f"ended {ended} login{'' if ended == 1 else 's'} of '{found.username}'")


@contextmanager
def _identity() -> Iterator[Identity]:
    config = load_config()
    warn_if_new(config)
    with opened(config) as store:
        yield Identity(store, config)


def _find(identity: Identity, name: str) -> UserRecord:
    # Names have no other letters, and what a shell passes may be no text at all.
    found = identity.accounts.find(name) if name.isascii() else None
    if found is None:
        fail(f"There is no user {name!r}; '{ashim('user list')}' shows them.")
    return found


def _password(generate: bool) -> str:
    """Make a password, ask for one twice, or read one from a pipe."""
    if generate:
        return secrets.token_urlsafe(_GENERATED_BYTES)
    if sys.stdin.isatty():
        answer: str = click.prompt(
            "New password", hide_input=True, confirmation_prompt="Once more", err=True
        )
        return answer
    try:
        line = sys.stdin.readline(_LINE)
    except UnicodeDecodeError:
        fail("expected a password in UTF-8 on standard input")
    if not line:
        fail("expected a password as one line on standard input, or --generate")
    return line.rstrip("\r\n")


def _checked(model: type[ModelT], **values: Any) -> ModelT:
    """Build a model; what is wrong ends the command, without showing a password."""
    try:
        return validated(model, values)
    except ValidationFailed as error:
        raise click.ClickException(_explained(error.details[0])) from error


def _explained(detail: Detail) -> str:
    if detail["field"] in ("password", "new_password"):
        return (
            f"expected a password of {PASSWORD_MIN} to {PASSWORD_MAX} characters, none of them a "
            "control character"
        )
    return f"expected {detail['expected']} for '{detail['field']}', got {detail['received']}"


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _show(password: str, generated: bool) -> None:
    if generated:
        click.echo(password)


def _say(text: str) -> None:
    """Tell what was done; standard output is for what was asked for."""
    click.echo(text, err=True)
