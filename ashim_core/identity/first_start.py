"""What a server needs before anybody can sign in: roles, a team, an administrator."""

import json
import time

from peewee import Database

from ashim_core.config import Config
from ashim_core.identity.lookup import (
    ADMIN,
    DEFAULT_TEAM,
    DEFAULT_TEAM_ID,
    builtin_role_id,
    find_role,
)
from ashim_core.identity.names import compared
from ashim_core.identity.passwords import hash_password
from ashim_core.identity.records import comparable
from ashim_core.ids import new_id
from ashim_core.policy import BUILTIN_ROLES, LOCAL_ID
from ashim_core.store.database import Store
from ashim_core.store.models import ApiKey, Role, Session, Team, User

_DEFAULT_PASSWORD = "admin"  # noqa: S105 - known to everybody, which is why it is so restricted


def prepare(store: Store, config: Config) -> None:
    """Make what is missing; safe to run at every start, by several processes."""
    given = config.default_password.get_secret_value() if config.default_password else ""
    is_default = given in ("", _DEFAULT_PASSWORD)
    with store.reading() as db:
        first = not User.select().where(~User.builtin).exists(db)
        waiting = User.select().where(User.password_is_default).exists(db)
    if not first and not (waiting and not is_default):
        return
    # In the form that a login is compared in.
    password_hash = hash_password(comparable(given or _DEFAULT_PASSWORD))
    with store.writing() as db:
        if first and not User.select().where(~User.builtin).exists(db):
            _fill(db, config, password_hash, is_default)
        elif not is_default:
            _replace_default(db, password_hash)


def has_default_password(store: Store) -> str | None:
    """Give the name of the administrator whose password is still the default."""
    with store.reading() as db:
        user = User.select().where(User.password_is_default).first(db)
        return None if user is None else str(user.username)


def _replace_default(db: Database, password_hash: str) -> None:
    """Set the password of an operator who was told to; whoever came in with the default is out."""
    for user in User.select().where(User.password_is_default).execute(db):
        Session.delete().where(Session.user == user.id).execute(db)
        ApiKey.delete().where(ApiKey.user == user.id).execute(db)
    User.update(password_hash=password_hash, password_is_default=False).where(
        User.password_is_default
    ).execute(db)


def _fill(db: Database, config: Config, password_hash: str, is_default: bool) -> None:
    now = time.time()
    if not Team.select().exists(db):
        Team.insert(
            id=DEFAULT_TEAM_ID, name=DEFAULT_TEAM, name_key=compared(DEFAULT_TEAM), created=now
        ).execute(db)
        for name, permissions in BUILTIN_ROLES.items():
            Role.insert(
                id=builtin_role_id(name),
                name=name,
                description="",
                permissions=json.dumps(sorted(permissions)),
                builtin=True,
                created=now,
                updated=now,
            ).execute(db)
    role = find_role(db, ADMIN)
    common = {"role": role.id, "team": DEFAULT_TEAM_ID, "created": now}
    if not User.select().where(User.id == LOCAL_ID).exists(db):
        User.insert(
            id=LOCAL_ID,
            username="(everybody)",
            username_key="(everybody)",
            must_change_password=False,
            password_is_default=False,
            builtin=True,
            **common,
        ).execute(db)
    User.insert(
        id=new_id(),
        username=config.default_username,
        username_key=compared(config.default_username),
        password_hash=password_hash,
        must_change_password=not config.skip_must_change_password,
        password_is_default=is_default,
        builtin=False,
        **common,
    ).execute(db)
