"""Finding rows by what callers call them."""

import json

from peewee import Database, ModelSelect

from ashim_core.errors import NotFound, ValidationFailed
from ashim_core.identity.names import compared
from ashim_core.store.models import Role, Team, User

ADMIN = "admin"
DEFAULT_ROLE = "user"
DEFAULT_TEAM_ID = "default-team-00000000"
DEFAULT_TEAM = "Default"


def builtin_role_id(name: str) -> str:
    """Give the id of a role that every server has."""
    return f"builtin-{name}"


def users() -> "ModelSelect[User]":
    """Select accounts with their role and team; the built-in one is left out."""
    return User.select(User, Role, Team).join(Role).switch(User).join(Team).where(~User.builtin)


def find_user(db: Database, user_id: str) -> User:
    """Give an account with its role and team; NotFound."""
    user: User | None = users().where(User.id == user_id).first(db)
    if user is None:
        raise NotFound("There is no such user.")
    return user


def find_role(db: Database, name: str) -> Role:
    """Give a role by its name; ValidationFailed when there is none."""
    role: Role | None = Role.select().where(Role.name == name.lower()).first(db)
    if role is None:
        names = ", ".join(row.name for row in Role.select().order_by(Role.name).execute(db))
        raise _unknown("role", f"one of {names}", name)
    return role


def find_team(db: Database, name_or_id: str | None) -> Team:
    """Give a team by its name or id, the default one for None; ValidationFailed."""
    wanted = name_or_id or DEFAULT_TEAM_ID
    team: Team | None = (
        Team.select().where((Team.id == wanted) | (Team.name_key == compared(wanted))).first(db)
    )
    if team is None:
        raise _unknown("team", "the name or id of a team", wanted)
    return team


def is_only_admin(db: Database, user: User) -> bool:
    """Say whether an account, read with its role, is the only administrator."""
    return user.role.name == ADMIN and users().where(Role.name == ADMIN).count(db) == 1


def permissions_of(role: Role) -> frozenset[str]:
    """Give the permissions of a role."""
    return frozenset(json.loads(role.permissions))


def _unknown(field: str, expected: str, received: str) -> ValidationFailed:
    return ValidationFailed(
        f"There is no {field} '{received}'.",
        details=[{"field": field, "expected": expected, "received": received}],
    )
