"""Accounts: making, changing and deleting them. Each step is one transaction, with its audit."""

import time

from peewee import Database

from ashim_core.config import Config
from ashim_core.errors import (
    AuthDisabled,
    Conflict,
    Forbidden,
    InvalidPassword,
    LastAdmin,
    SelfDelete,
    SelfDemote,
    UserLimitReached,
)
from ashim_core.identity import audit
from ashim_core.identity.lookup import (
    find_role,
    find_team,
    find_user,
    is_only_admin,
    permissions_of,
    users,
)
from ashim_core.identity.names import compared
from ashim_core.identity.passwords import hash_password, refuse_easy, verify_password
from ashim_core.identity.records import (
    NewUser,
    PasswordChange,
    UserChange,
    UserList,
    UserRecord,
    moment,
)
from ashim_core.ids import new_id
from ashim_core.policy import Actor, require_at_least
from ashim_core.store.database import Store
from ashim_core.store.models import ApiKey, Role, Session, User


class Accounts:
    """The accounts of one server."""

    def __init__(self, store: Store, config: Config) -> None:
        self._store = store
        self._config = config

    def list(self) -> UserList:
        """Give all accounts, by name."""
        with self._store.reading() as db:
            rows = users().order_by(User.username_key).execute(db)
            return UserList(
                users=[user_record(row) for row in rows], max_users=self._config.max_users
            )

    def register(self, actor: Actor, new: NewUser, *, must_change: bool = True) -> UserRecord:
        """Make an account, whose password is changed at the first login if it must be.

        Raises Conflict, UserLimitReached, EscalationDenied, or ValidationFailed.
        """
        refuse_easy(new.password, new.username, "password")
        password_hash = hash_password(new.password)
        with self._store.writing() as db:
            key = compared(new.username)
            if User.select().where(User.username_key == key).exists(db):
                raise Conflict(
                    f"There is a user '{new.username}' already.",
                    details=[
                        {"field": "username", "expected": "a new name", "received": new.username}
                    ],
                )
            self._refuse_too_many(db)
            role, team = find_role(db, new.role), find_team(db, new.team)
            require_at_least(actor, permissions_of(role))
            user_id = new_id()
            User.insert(
                id=user_id,
                username=new.username,
                username_key=key,
                password_hash=password_hash,
                role=role.id,
                team=team.id,
                must_change_password=must_change and not self._config.skip_must_change_password,
                password_is_default=False,
                builtin=False,
                created=time.time(),
            ).execute(db)
            audit.record(
                db, actor, "USER_CREATED", "user", user_id, username=new.username, role=role.name
            )
            return user_record(find_user(db, user_id))

    def update(self, actor: Actor, user_id: str, change: UserChange) -> None:
        """Change role or team. Raises NotFound, SelfDemote, LastAdmin, EscalationDenied."""
        with self._store.writing() as db:
            user = find_user(db, user_id)
            if change.role is not None:
                self._change_role(db, actor, user, find_role(db, change.role))
            if change.team is not None:
                require_at_least(actor, permissions_of(user.role))
                team = find_team(db, change.team)
                User.update(team=team.id).where(User.id == user_id).execute(db)
            if said := change.model_dump(exclude_none=True):
                audit.record(
                    db, actor, "USER_UPDATED", "user", user_id, username=user.username, **said
                )

    def change_password(self, actor: Actor, change: PasswordChange) -> None:
        """Change one's own password: all other sessions and all own keys end with it.

        Raises InvalidPassword, or ValidationFailed for a password that is too easy.
        """
        if actor.via == "local":
            raise AuthDisabled("This server asks nobody to sign in (AUTH_ENABLED=false).")
        with self._store.reading() as db:
            user = find_user(db, actor.id)
        if not verify_password(user.password_hash, change.current_password):
            raise InvalidPassword(
                "The current password is another one.",
                details=[
                    {
                        "field": "currentPassword",
                        "expected": "your current password",
                        "received": "another one",
                    }
                ],
            )
        refuse_easy(change.new_password, user.username, "newPassword")
        password_hash = hash_password(change.new_password)
        with self._store.writing() as db:
            # Somebody may have reset it meanwhile: then this change has lost.
            changed = self._set_password(
                db, user, password_hash, must_change=False, keep_session=actor.credential
            )
            if not changed:
                raise InvalidPassword("The password was changed meanwhile.")
            audit.record(db, actor, "PASSWORD_CHANGED", "user", user.id)

    def reset_password(
        self, actor: Actor, user_id: str, password: str, *, must_change: bool = True
    ) -> None:
        """Give somebody a password, to be changed at the next login if it must be.

        Ends sessions and keys.
        """
        with self._store.reading() as db:
            user = find_user(db, user_id)
        if user.id == actor.id:
            raise Forbidden("Change your own password with POST /api/auth/change-password.")
        require_at_least(actor, permissions_of(user.role))
        refuse_easy(password, user.username, "newPassword")
        password_hash = hash_password(password)
        with self._store.writing() as db:
            user = find_user(db, user_id)
            require_at_least(actor, permissions_of(user.role))
            must_change = must_change and not self._config.skip_must_change_password
            self._set_password(db, user, password_hash, must_change=must_change)
            audit.record(db, actor, "PASSWORD_RESET", "user", user_id, username=user.username)

    def delete(self, actor: Actor, user_id: str) -> None:
        """Delete an account with its sessions and keys. Raises NotFound, SelfDelete, LastAdmin."""
        with self._store.writing() as db:
            user = find_user(db, user_id)
            if user.id == actor.id:
                raise SelfDelete("You can't delete your own account.")
            require_at_least(actor, permissions_of(user.role))
            _keep_an_admin(db, user)
            User.delete().where(User.id == user_id).execute(db)
            audit.record(db, actor, "USER_DELETED", "user", user_id, username=user.username)

    def find(self, username: str) -> UserRecord | None:
        """Give the account of this name."""
        with self._store.reading() as db:
            row = users().where(User.username_key == compared(username)).first(db)
            return None if row is None else user_record(row)

    def _refuse_too_many(self, db: Database) -> None:
        limit = self._config.max_users
        if limit and users().count(db) >= limit:
            raise UserLimitReached(f"This server has room for {limit} users (MAX_USERS).")

    @staticmethod
    def _change_role(db: Database, actor: Actor, user: User, role: Role) -> None:
        if role.id == user.role.id:
            return
        if user.id == actor.id:
            raise SelfDemote("You can't change your own role.")
        require_at_least(actor, permissions_of(user.role) | permissions_of(role))
        _keep_an_admin(db, user)
        User.update(role=role.id).where(User.id == user.id).execute(db)

    @staticmethod
    def _set_password(
        db: Database,
        user: User,
        password_hash: str,
        *,
        must_change: bool,
        keep_session: str | None = None,
    ) -> bool:
        """Replace the password that `user` has; False if it is another one by now."""
        unchanged = (User.id == user.id) & (User.password_hash == user.password_hash)
        if not (
            User.update(
                password_hash=password_hash,
                must_change_password=must_change,
                password_is_default=False,
            )
            .where(unchanged)
            .execute(db)
        ):
            return False
        Session.delete().where(Session.user == user.id, Session.id != keep_session).execute(db)
        ApiKey.delete().where(ApiKey.user == user.id).execute(db)
        return True


def user_record(user: User) -> UserRecord:
    """Describe an account that was read with its role and team."""
    return UserRecord(
        id=user.id,
        username=user.username,
        role=user.role.name,
        team=user.team.name,
        must_change_password=user.must_change_password,
        created_at=moment(user.created),
    )


def _keep_an_admin(db: Database, leaving: User) -> None:
    """Refuse to lose the last administrator. Writers come one at a time, so the count holds."""
    if is_only_admin(db, leaving):
        raise LastAdmin("There would be no administrator left.")
