"""People whom somebody else has identified: a proxy in front, or another sign-in."""

import json
import re
import time
from dataclasses import dataclass

from peewee import Database

from ashim_core.config import Config
from ashim_core.errors import Forbidden, UserLimitReached
from ashim_core.identity import audit
from ashim_core.identity.lookup import (
    DEFAULT_ROLE,
    DEFAULT_TEAM_ID,
    find_user,
    is_only_admin,
    users,
)
from ashim_core.identity.names import compared
from ashim_core.ids import new_id
from ashim_core.policy import Actor
from ashim_core.store.database import Store
from ashim_core.store.models import Role, User

_NAME = re.compile(r"[A-Za-z0-9._@+-]{1,100}")


@dataclass(frozen=True)
class External:
    """Somebody whom another program knows.

    provider: which one that is, for the audit log.
    username: of the account here. It has 1 to 100 of the letters a to z, digits, and . - _ @ +
    role: the name of the role that they have there; it becomes that of the account. None: the
        account's own stays, a new one is a `user`.
    create: an account is made where there is none.
    """

    provider: str
    username: str
    role: str | None = None
    create: bool = False


class Externals:
    """The accounts of people whom others have identified. Nobody can sign in to one that was made
    for them with a password, unless an administrator gives it one."""

    def __init__(self, store: Store, config: Config) -> None:
        self._store = store
        self._max_users = config.max_users

    def is_known(self, username: str) -> bool:
        """Say whether there is an account of this name."""
        with self._store.reading() as db:
            return users().where(User.username_key == compared(username)).exists(db)

    def actor(self, external: External, address: str | None) -> Actor | None:
        """Say who that is here; None when there is no such account, and none shall be made.

        Forbidden when the name can't be one of an account, or there is no such role;
        UserLimitReached.
        """
        if not _NAME.fullmatch(external.username):
            raise Forbidden(f"'{external.username[:50]}' can't be the name of an account here.")
        with self._store.reading() as db:
            user = _find(db, external)
        if user is None or external.role not in (None, user.role.name):
            user = self._brought_up_to_date(external, address)
        if user is None:
            return None
        return Actor(
            id=user.id,
            name=user.username,
            via="external",
            role=user.role.name,
            permissions=frozenset(json.loads(user.role.permissions)),
            address=address,
        )

    def _brought_up_to_date(self, external: External, address: str | None) -> User | None:
        """Make the account, or give it the role that its owner has by now."""
        by = Actor("", external.provider, "external", address=address)
        with self._store.writing() as db:
            user = _find(db, external)
            if user is None:
                return self._made(db, external, by) if external.create else None
            if external.role is not None and external.role != user.role.name:
                _change_role(db, user, _role(db, external.role), by)
            return find_user(db, user.id)

    def _made(self, db: Database, external: External, by: Actor) -> User:
        if self._max_users and users().count(db) >= self._max_users:
            raise UserLimitReached(f"This server has room for {self._max_users} users (MAX_USERS).")
        role = _role(db, external.role or DEFAULT_ROLE)
        user_id = new_id()
        User.insert(
            id=user_id,
            username=external.username,
            username_key=compared(external.username),
            password_hash=None,
            role=role.id,
            team=DEFAULT_TEAM_ID,
            must_change_password=False,
            password_is_default=False,
            builtin=False,
            created=time.time(),
        ).execute(db)
        name = external.username
        audit.record(db, by, "USER_CREATED", "user", user_id, username=name, role=role.name)
        return find_user(db, user_id)


def _change_role(db: Database, user: User, role: Role, by: Actor) -> None:
    # Whoever is the only administrator stays one: nobody else could mend the groups here.
    if is_only_admin(db, user):
        return
    User.update(role=role.id).where(User.id == user.id).execute(db)
    audit.record(db, by, "USER_UPDATED", "user", user.id, username=user.username, role=role.name)


def _find(db: Database, external: External) -> User | None:
    user: User | None = users().where(User.username_key == compared(external.username)).first(db)
    return user


def _role(db: Database, name: str) -> Role:
    role: Role | None = Role.select().where(Role.name == name.lower()).first(db)
    if role is None:
        raise Forbidden(f"There is no role '{name}' here, which this person is said to have.")
    return role
