"""Roles: named sets of permissions. Three are built in; the others are the server's own."""

import json
import time

from peewee import JOIN, Database, fn

from ashim_core.errors import Conflict, NotFound, ValidationFailed
from ashim_core.identity import audit
from ashim_core.identity.lookup import DEFAULT_ROLE, find_role, permissions_of
from ashim_core.identity.records import (
    CreatedRole,
    NewRole,
    RoleChange,
    RoleList,
    RoleRecord,
    moment,
)
from ashim_core.ids import new_id
from ashim_core.policy import Actor, require_at_least
from ashim_core.store.database import Store
from ashim_core.store.models import Role, User


class Roles:
    """The roles of one server."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def list(self) -> RoleList:
        """Give all roles with the number of users that have them, the built-in ones first."""
        holders = fn.COUNT(User.id).alias("holders")
        counted = (
            Role.select(Role, holders)
            .join(User, JOIN.LEFT_OUTER, on=(User.role == Role.id) & ~User.builtin)
            .group_by(Role)
            .order_by(Role.builtin.desc(), Role.name)
        )
        with self._store.reading() as db:
            return RoleList(
                roles=[
                    RoleRecord(
                        **_created(row).model_dump(),
                        user_count=row.holders,
                        created_at=moment(row.created),
                        updated_at=moment(row.updated),
                    )
                    for row in counted.execute(db)
                ]
            )

    def create(self, actor: Actor, new: NewRole) -> CreatedRole:
        """Make a role. Raises Conflict, EscalationDenied."""
        require_at_least(actor, new.permissions)
        now = time.time()
        with self._store.writing() as db:
            _refuse_taken(db, new.name)
            row = Role(
                id=new_id(),
                name=new.name,
                description=new.description,
                permissions=json.dumps(sorted(set(new.permissions))),
                builtin=False,
                created=now,
                updated=now,
            )
            Role.insert(row.__data__).execute(db)
            audit.record(db, actor, "ROLE_CREATED", "role", row.id, name=new.name)
            return _created(row)

    def update(self, actor: Actor, role_id: str, change: RoleChange) -> None:
        """Change a role, at once for all who have it. Raises as `create` does, and NotFound."""
        with self._store.writing() as db:
            role = _find_own(db, role_id)
            require_at_least(actor, permissions_of(role) | set(change.permissions or ()))
            if change.name is not None:
                _refuse_taken(db, change.name, but=role_id)
                role.name = change.name
            if change.description is not None:
                role.description = change.description
            if change.permissions is not None:
                role.permissions = json.dumps(sorted(set(change.permissions)))
            Role.update(
                name=role.name,
                description=role.description,
                permissions=role.permissions,
                updated=time.time(),
            ).where(Role.id == role_id).execute(db)
            said = change.model_dump(exclude_none=True)
            audit.record(db, actor, "ROLE_UPDATED", "role", role_id, **said)

    def delete(self, actor: Actor, role_id: str) -> None:
        """Delete a role; those who had it have the role `user` then."""
        with self._store.writing() as db:
            role = _find_own(db, role_id)
            require_at_least(actor, permissions_of(role))
            fallback = find_role(db, DEFAULT_ROLE)
            if User.select().where(User.role == role_id).exists(db):
                require_at_least(actor, permissions_of(fallback))
            User.update(role=fallback.id).where(User.role == role_id).execute(db)
            Role.delete().where(Role.id == role_id).execute(db)
            audit.record(db, actor, "ROLE_DELETED", "role", role_id, name=role.name)


def _find_own(db: Database, role_id: str) -> Role:
    role: Role | None = Role.select().where(Role.id == role_id).first(db)
    if role is None:
        raise NotFound("There is no such role.")
    if role.builtin:
        raise ValidationFailed(f"The role '{role.name}' is built in and can't be changed.")
    return role


def _refuse_taken(db: Database, name: str, but: str = "") -> None:
    if Role.select().where(Role.name == name, Role.id != but).exists(db):
        raise Conflict(
            f"There is a role '{name}' already.",
            details=[{"field": "name", "expected": "a new name", "received": name}],
        )


def _created(row: Role) -> CreatedRole:
    return CreatedRole(
        id=row.id,
        name=row.name,
        description=row.description,
        permissions=json.loads(row.permissions),
        is_builtin=row.builtin,
    )
