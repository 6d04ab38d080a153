"""What somebody may do at the moment of a write, however long ago their request was let in."""

from dataclasses import replace

from peewee import Database

from ashim_core.errors import AuthRequired
from ashim_core.identity.lookup import permissions_of, users
from ashim_core.policy import Action, Actor, allowed, refusal
from ashim_core.store.models import User


def as_now(db: Database, actor: Actor, action: Action) -> Actor:
    """Give an actor with the permissions that their role still has.

    A job may run for minutes before its result is kept. AuthRequired when the account was deleted
    meanwhile, Forbidden when its role has lost what `action` takes.
    """
    row: User | None = users().where(User.id == actor.id).first(db)
    if row is not None:
        now = replace(actor, permissions=actor.permissions & permissions_of(row.role))
    elif User.select().where((User.id == actor.id) & User.builtin).exists(db):
        now = actor
    else:
        raise AuthRequired("There is no account that the files could belong to.")
    if allowed(actor, action) and not allowed(now, action):
        raise refusal(now, action)
    return now
