"""API keys: for programs, shown once, with an owner and perhaps a narrower scope."""

import json
import secrets
import time
from datetime import UTC, datetime

from peewee import Database

from ashim_core.errors import AuthRequired, MustChangePassword, NotFound, ValidationFailed
from ashim_core.identity import audit
from ashim_core.identity.lookup import find_user, permissions_of
from ashim_core.identity.records import CreatedKey, KeyList, KeyRecord, NewKey, maybe_moment, moment
from ashim_core.identity.tokens import KEY_PREFIX, token_hash
from ashim_core.ids import new_id
from ashim_core.policy import Actor, owner_filter, require_at_least
from ashim_core.store.database import Store
from ashim_core.store.models import ApiKey, Session

_KEY_BYTES = 48
_SHOWN = len(KEY_PREFIX) + 8
_MOST = 100
_LAST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()


class Keys:
    """The API keys of one server."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create(self, actor: Actor, new: NewKey) -> CreatedKey:
        """Make a key. Raises EscalationDenied for a scope beyond one's own, ValidationFailed."""
        require_at_least(actor, new.permissions or ())
        with self._store.writing() as db:
            _refuse_ended(db, actor)
            made = _insert(db, actor.id, new)
            audit.record(db, actor, "API_KEY_CREATED", "api_key", made.id, name=made.name)
        return made

    def create_for(self, actor: Actor, user_id: str, new: NewKey) -> CreatedKey:
        """Make a key that belongs to somebody else.

        Raises NotFound, EscalationDenied, ValidationFailed, or MustChangePassword.
        """
        with self._store.writing() as db:
            owner = find_user(db, user_id)
            permissions = permissions_of(owner.role)
            require_at_least(actor, permissions)
            if owner.must_change_password:
                raise MustChangePassword(
                    f"'{owner.username}' has to change the password first: until then no key "
                    "works, and the change ends all keys."
                )
            _refuse_beyond(new, permissions, owner.role.name)
            made = _insert(db, owner.id, new)
            audit.record(
                db,
                actor,
                "API_KEY_CREATED",
                "api_key",
                made.id,
                name=made.name,
                username=owner.username,
            )
        return made

    def list(self, actor: Actor) -> KeyList:
        """Give the keys that `actor` may see, the latest first."""
        found = ApiKey.select().order_by(ApiKey.created.desc())
        if (owner := owner_filter(actor, "keys:read")) is not None:
            found = found.where(ApiKey.user == owner)
        with self._store.reading() as db:
            return KeyList(api_keys=[_record(row) for row in found.execute(db)])

    def delete(self, actor: Actor, key_id: str) -> None:
        """Delete a key that `actor` may delete; NotFound, for those of others as well."""
        doomed = ApiKey.id == key_id
        if (owner := owner_filter(actor, "keys:delete")) is not None:
            doomed &= ApiKey.user == owner
        with self._store.writing() as db:
            if not ApiKey.delete().where(doomed).execute(db):
                raise NotFound("There is no such API key.")
            audit.record(db, actor, "API_KEY_DELETED", "api_key", key_id)


def _refuse_ended(db: Database, actor: Actor) -> None:
    """Make sure that no key outlives a password that was changed while it was made."""
    session = Session.select().where(Session.id == actor.credential)
    if actor.via == "session" and not session.exists(db):
        raise AuthRequired("This session has ended just now.")


def _insert(db: Database, user_id: str, new: NewKey) -> CreatedKey:
    if ApiKey.select().where(ApiKey.user == user_id).count(db) >= _MOST:
        raise ValidationFailed(f"A user has at most {_MOST} keys; delete one first.")
    key = KEY_PREFIX + secrets.token_hex(_KEY_BYTES)
    scope = None if new.permissions is None else sorted(set(new.permissions))
    row = ApiKey(
        id=new_id(),
        user=user_id,
        name=new.name or "Default API Key",
        key_hash=token_hash(key),
        prefix=key[:_SHOWN],
        permissions=None if scope is None else json.dumps(scope),
        created=time.time(),
        expires=_future(new.expires_at),
    )
    ApiKey.insert(row.__data__).execute(db)
    return CreatedKey(key=key, **_record(row).model_dump())


def _refuse_beyond(new: NewKey, permissions: frozenset[str], role: str) -> None:
    """Refuse a scope that goes beyond what the owner's role allows."""
    if beyond := sorted(frozenset(new.permissions or ()) - permissions):
        raise ValidationFailed(
            f"The role '{role}' doesn't allow {', '.join(beyond)}.",
            details=[
                {
                    "field": "permissions",
                    "expected": f"some of {', '.join(sorted(permissions))}",
                    "received": ", ".join(beyond),
                }
            ],
        )


def _future(moment: datetime | None) -> float | None:
    if moment is None:
        return None
    seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    if not time.time() < seconds <= _LAST:
        raise ValidationFailed(
            "A key can't expire in the past, nor after the year 9999.",
            details=[
                {
                    "field": "expiresAt",
                    "expected": "a moment in the future, before the year 10000",
                    "received": moment.isoformat(),
                }
            ],
        )
    return seconds


def _record(row: ApiKey) -> KeyRecord:
    return KeyRecord(
        id=row.id,
        name=row.name,
        prefix=row.prefix,
        permissions=None if row.permissions is None else json.loads(row.permissions),
        created_at=moment(row.created),
        last_used_at=maybe_moment(row.last_used),
        expires_at=maybe_moment(row.expires),
    )
