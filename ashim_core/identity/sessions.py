"""Signing in and out."""

import secrets
import time
from dataclasses import dataclass
from typing import NamedTuple

from peewee import Database, Expression

from ashim_core.config import Config
from ashim_core.errors import (
    AuthDisabled,
    AuthRequired,
    DefaultPassword,
    InvalidCredentials,
    NotFound,
)
from ashim_core.identity import audit
from ashim_core.identity.lookup import find_user, permissions_of, users
from ashim_core.identity.names import compared
from ashim_core.identity.passwords import verify_password
from ashim_core.identity.records import (
    Login,
    Me,
    SessionAnswer,
    SessionList,
    SessionRecord,
    moment,
)
from ashim_core.identity.tokens import token_hash
from ashim_core.ids import new_id
from ashim_core.installation import ashim
from ashim_core.policy import Actor, nobody
from ashim_core.store.database import Store
from ashim_core.store.models import Role, Session, Team, User

_TOKEN_BYTES = 32
_SHOWN = 64
"""Characters of a name that somebody tried to sign in with. It may be anything, a password too."""


@dataclass(frozen=True)
class Visitor:
    """Where a request comes from. direct: from the server's own machine, through no proxy."""

    address: str | None
    direct: bool


class Begun(NamedTuple):
    """A session that has just begun. expires: seconds since the epoch."""

    token: str
    user: Me
    expires: float


class Sessions:
    """Who is signed in."""

    def __init__(self, store: Store, config: Config) -> None:
        self._store = store
        self._config = config
        self._duration = config.session_duration_hours * 3600
        self._idle = config.session_idle_minutes * 60

    def login(self, login: Login, visitor: Visitor) -> Begun:
        """Start a session. Raises InvalidCredentials, DefaultPassword, or AuthDisabled."""
        if not self._config.auth_enabled:
            raise _disabled()
        with self._store.reading() as db:
            user = users().where(User.username_key == compared(login.username)).first(db)
        if not verify_password(user and user.password_hash, login.password):
            self._refuse(user, login.username, visitor)
        if user.password_is_default and not visitor.direct:
            raise DefaultPassword(
                "This account still has the default password, which is accepted only on the "
                "server's own machine (http://127.0.0.1). Set another one there: run '"
                f"{ashim(f'user set-password {user.username}')}', or start the server with "
                "DEFAULT_PASSWORD."
            )
        with self._store.writing() as db:
            # The account may have been deleted or given another password since it was read.
            present = users().where(User.id == user.id).first(db)
            if present is None or present.password_hash != user.password_hash:
                raise _wrong()
            return self._begun(db, user, visitor)

    def begin(self, user_id: str, visitor: Visitor) -> Begun:
        """Start a session for somebody who was identified otherwise; NotFound, AuthDisabled."""
        if not self._config.auth_enabled:
            raise _disabled()
        with self._store.writing() as db:
            return self._begun(db, find_user(db, user_id), visitor)

    def _begun(self, db: Database, user: User, visitor: Visitor) -> Begun:
        token, now = secrets.token_urlsafe(_TOKEN_BYTES), time.time()
        Session.insert(
            id=new_id(),
            user=user.id,
            token_hash=token_hash(token),
            created=now,
            expires=now + self._duration,
            last_used=now,
            ip_address=visitor.address,
        ).execute(db)
        actor = Actor(user.id, user.username, "session", address=visitor.address)
        audit.record(db, actor, "LOGIN_SUCCESS", "user", user.id)
        return Begun(token, _me(user), now + self._duration)

    def logout(self, actor: Actor) -> None:
        """End the session of this request."""
        with self._store.writing() as db:
            Session.delete().where(Session.id == actor.credential).execute(db)
            audit.record(db, actor, "LOGOUT", "user", actor.id)

    def describe(self, actor: Actor) -> SessionAnswer:
        """Give the session of this request."""
        with self._store.reading() as db:
            if actor.via in ("local", "external"):
                return SessionAnswer(user=_me(_with_role(db, actor.id)), expires_at=None)
            session = Session.select().where(Session.id == actor.credential).first(db)
            user = users().where(User.id == actor.id).first(db)
        if session is None or user is None:
            raise AuthRequired("This session has ended just now.")
        return SessionAnswer(user=_me(user), expires_at=moment(session.expires))

    def list(self, actor: Actor) -> SessionList:
        """Give one's own sessions, the latest first."""
        own = Session.select().where(Session.user == actor.id, ~self._over())
        with self._store.reading() as db:
            rows = own.order_by(Session.created.desc()).execute(db)
            return SessionList(
                sessions=[
                    SessionRecord(
                        id=row.id,
                        created_at=moment(row.created),
                        last_used_at=moment(row.last_used),
                        expires_at=moment(row.expires),
                        ip_address=row.ip_address,
                        current=row.id == actor.credential,
                    )
                    for row in rows
                ]
            )

    def delete(self, actor: Actor, session_id: str) -> None:
        """End one of one's own sessions; NotFound."""
        own = (Session.id == session_id) & (Session.user == actor.id)
        with self._store.writing() as db:
            if not Session.delete().where(own).execute(db):
                raise NotFound("There is no such session.")
            audit.record(db, actor, "SESSION_DELETED", "session", session_id)

    def end_all(self, actor: Actor, user_id: str) -> int:
        """End all sessions of an account; give how many. Raises NotFound."""
        with self._store.writing() as db:
            user = find_user(db, user_id)
            ended = int(Session.delete().where(Session.user == user_id).execute(db))
            audit.record(
                db,
                actor,
                "SESSION_DELETED",
                "user",
                user_id,
                username=user.username,
                sessions=ended,
            )
            return ended

    def purge(self) -> int:
        """Remove sessions that have expired; give how many."""
        with self._store.writing(durable=False) as db:
            return int(Session.delete().where(self._over()).execute(db))

    def _over(self) -> Expression:
        """Select the sessions that have expired, or were not used for too long."""
        now = time.time()
        expired: Expression = Session.expires <= now
        return expired | (Session.last_used < now - self._idle) if self._idle else expired

    def _refuse(self, user: User | None, tried: str, visitor: Visitor) -> None:
        """Write down a failed login and refuse it; whether the account exists can't be told."""
        with self._store.writing() as db:
            audit.record(
                db,
                nobody(visitor.address),
                "LOGIN_FAILED",
                "user",
                None if user is None else user.id,
                username=tried[:_SHOWN],
            )
        raise _wrong()


def _with_role(db: Database, user_id: str) -> User:
    """Give any account, the built-in one included."""
    user: User = (
        User.select(User, Role, Team)
        .join(Role)
        .switch(User)
        .join(Team)
        .where(User.id == user_id)
        .get(db)
    )
    return user


def _me(user: User) -> Me:
    return Me.model_validate(
        {
            "id": user.id,
            "username": user.username,
            "role": user.role.name,
            "team": user.team.name,
            "team_name": user.team.name,
            "permissions": sorted(permissions_of(user.role)),
            "must_change_password": user.must_change_password,
        }
    )


def _disabled() -> AuthDisabled:
    return AuthDisabled("This server asks nobody to sign in (AUTH_ENABLED=false).")


def _wrong() -> InvalidCredentials:
    return InvalidCredentials("The name or the password is wrong.")
