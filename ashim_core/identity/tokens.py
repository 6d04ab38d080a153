"""Telling from a token who is asking.

A token is random; the database has only its SHA-256, so a copy of it signs nobody in. Nothing is
cached: what was revoked is refused from the next request on, in every process.
"""

import hashlib
import json
import time
from contextlib import suppress
from typing import Any, NamedTuple

from peewee import SQL, ModelSelect

from ashim_core.config import Config
from ashim_core.errors import DatabaseBusy, StorageFull
from ashim_core.policy import Actor, local_user, nobody
from ashim_core.store.database import Store
from ashim_core.store.models import ApiKey, Role, Session, User
from ashim_core.store.prepared import Prepared

KEY_PREFIX = "si_"
_NOTED_EVERY_S = 60
"""How often the last use of a session or key is written down, at most."""
_NOTED_WITHIN_IDLE = 100
"""So many times in the time after which an unused session ends, at least."""


def token_hash(token: str) -> str:
    """Give what the database keeps of a token. It is random, so a fast hash is as good."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


class _Known(NamedTuple):
    """What the database knows about a token that came in."""

    id: str
    expires: float | None
    last_used: float | None
    scope: str | None
    user_id: str
    username: str
    must_change_password: bool
    role: str
    permissions: str


class Tokens:
    """The tokens of sessions and the API keys of one server."""

    def __init__(self, store: Store, config: Config) -> None:
        self._store = store
        self._needed = config.auth_enabled
        self._idle = config.session_idle_minutes * 60
        idle_note = self._idle / _NOTED_WITHIN_IDLE or _NOTED_EVERY_S
        self._noted_every = min(_NOTED_EVERY_S, idle_note)
        self._sessions = Prepared(store, _holder(Session).where(Session.token_hash == ""))
        # Where nobody signed in, anybody could make keys: those count for nothing elsewhere.
        self._keys = Prepared(store, _holder(ApiKey).where(ApiKey.key_hash == "", ~User.builtin))

    def authenticate(self, token: str | None, address: str | None) -> Actor:
        """Tell who is asking; somebody with no token, or an invalid one, is nobody."""
        if not self._needed:
            return local_user(address)
        if not token:
            return nobody(address)
        is_key = token.startswith(KEY_PREFIX)
        with self._store.reading() as db:
            row = (self._keys if is_key else self._sessions).first(db, token_hash(token))
            known = None if row is None else _Known(*row)
            if known is None or self._is_over(known, is_key):
                return nobody(address)
            self._note_use(ApiKey if is_key else Session, known)
        permissions = frozenset(json.loads(known.permissions))
        if known.scope is not None:
            permissions &= frozenset(json.loads(known.scope))
        return Actor(
            id=known.user_id,
            name=known.username,
            via="key" if is_key else "session",
            role=known.role,
            credential=known.id,
            permissions=permissions,
            must_change_password=bool(known.must_change_password),
            address=address,
        )

    def _is_over(self, known: _Known, is_key: bool) -> bool:
        now = time.time()
        if known.expires is not None and known.expires <= now:
            return True
        return bool(self._idle and not is_key and now - (known.last_used or 0) > self._idle)

    def _note_use(self, model: type[Session] | type[ApiKey], known: _Known) -> None:
        now = time.time()
        if now - (known.last_used or 0) < self._noted_every:
            return
        # A database that can't be written to at the moment still says who is asking.
        with suppress(DatabaseBusy, StorageFull), self._store.writing(durable=False) as db:
            model.update(last_used=now).where(model.id == known.id).execute(db)


def _holder(model: type[Session] | type[ApiKey]) -> "ModelSelect[Any]":
    """Select what `_Known` holds, from sessions or keys."""
    scope = model.permissions if model is ApiKey else SQL("NULL")
    selected = (
        *(model.id, model.expires, model.last_used, scope),
        *(User.id, User.username, User.must_change_password, Role.name, Role.permissions),
    )
    return model.select(*selected).join(User).join(Role)
