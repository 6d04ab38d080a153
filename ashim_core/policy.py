"""Who may do what: the one function that every route asks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from ashim_core.errors import (
    AshimError,
    AuthRequired,
    EscalationDenied,
    Forbidden,
    MustChangePassword,
    SessionRequired,
)

Permission = Literal[
    "tools:use",
    "files:own",
    "files:all",
    "apikeys:own",
    "apikeys:all",
    "pipelines:own",
    "pipelines:all",
    "settings:read",
    "settings:write",
    "users:manage",
    "teams:manage",
    "branding:manage",
    "features:manage",
    "system:health",
    "audit:read",
]
PERMISSIONS: frozenset[Permission] = frozenset(get_args(Permission))

_USER: frozenset[Permission] = frozenset(
    {"tools:use", "files:own", "apikeys:own", "pipelines:own", "settings:read"}
)
BUILTIN_ROLES: Mapping[str, frozenset[Permission]] = {
    "admin": PERMISSIONS,
    "editor": _USER | {"files:all", "pipelines:all"},
    "user": _USER,
}
"""The roles that every server has and that can't be changed."""

Action = Literal[
    "public:read",
    "session:start",
    "session:read",
    "session:end",
    "password:change",
    "sessions:own",
    "users:read",
    "users:manage",
    "passwords:reset",
    "keys:read",
    "keys:create",
    "keys:delete",
    "teams:read",
    "teams:manage",
    "roles:read",
    "roles:manage",
    "settings:read",
    "settings:write",
    "branding:manage",
    "audit:read",
    "system:read",
    "tools:read",
    "tools:run",
    "results:read",
    "jobs:follow",
    "jobs:end",
    "pipelines:read",
    "pipelines:create",
    "pipelines:change",
    "files:read",
    "files:create",
    "files:change",
]


@dataclass(frozen=True)
class Rule:
    """What an action takes.

    anyone: nobody has to sign in.
    permissions: one of them is enough; none at all: being signed in is enough.
    everybodys: the permission that reaches what belongs to others.
    session: only people do this, not their API keys.
    first: possible while the password has to be changed.
    """

    anyone: bool = False
    permissions: tuple[Permission, ...] = ()
    everybodys: Permission | None = None
    session: bool = False
    first: bool = False


RULES: Mapping[Action, Rule] = {
    "public:read": Rule(anyone=True),
    "session:start": Rule(anyone=True),
    "session:read": Rule(session=True, first=True),
    "session:end": Rule(session=True, first=True),
    "password:change": Rule(session=True, first=True),
    "sessions:own": Rule(session=True),
    "users:read": Rule(permissions=("users:manage",)),
    # What makes or raises access outlives the key that did it, so no key does it.
    "users:manage": Rule(permissions=("users:manage",), session=True),
    "passwords:reset": Rule(permissions=("users:manage",), session=True),
    "keys:read": Rule(permissions=("apikeys:own", "apikeys:all"), everybodys="apikeys:all"),
    "keys:create": Rule(permissions=("apikeys:own",), session=True),
    "keys:delete": Rule(
        permissions=("apikeys:own", "apikeys:all"), everybodys="apikeys:all", session=True
    ),
    "teams:read": Rule(),
    "teams:manage": Rule(permissions=("teams:manage",)),
    "roles:read": Rule(permissions=("users:manage", "audit:read")),
    "roles:manage": Rule(permissions=("users:manage",), session=True),
    "settings:read": Rule(permissions=("settings:read",)),
    "settings:write": Rule(permissions=("settings:write",)),
    "branding:manage": Rule(permissions=("branding:manage",)),
    "audit:read": Rule(permissions=("audit:read",)),
    "system:read": Rule(permissions=("system:health",)),
    "tools:read": Rule(),
    "tools:run": Rule(permissions=("tools:use",)),
    "results:read": Rule(permissions=("files:own", "files:all"), everybodys="files:all"),
    "pipelines:read": Rule(
        permissions=("pipelines:own", "pipelines:all"), everybodys="pipelines:all"
    ),
    "pipelines:create": Rule(permissions=("pipelines:own",)),
    "pipelines:change": Rule(
        permissions=("pipelines:own", "pipelines:all"), everybodys="pipelines:all"
    ),
    # Whoever could start a job may have what came of it, with a key of whatever scope.
    "jobs:follow": Rule(everybodys="files:all"),
    "jobs:end": Rule(everybodys="files:all"),
    "files:read": Rule(permissions=("files:own", "files:all"), everybodys="files:all"),
    "files:create": Rule(permissions=("files:own",)),
    "files:change": Rule(permissions=("files:own", "files:all"), everybodys="files:all"),
}


@dataclass(frozen=True)
class Actor:
    """Who is asking.

    id: of the account; empty for somebody who has not signed in.
    via: how they are known: by nothing, a session, an API key, by somebody else that has identified
        them, or as the one user of a server that asks nobody to sign in.
    credential: the id of that session or key.
    permissions: what the role allows, and the key's scope, too.
    address: where the request comes from.
    """

    id: str
    name: str
    via: Literal["nothing", "session", "key", "external", "local"]
    role: str = ""
    credential: str = ""
    permissions: frozenset[str] = field(default_factory=frozenset)
    must_change_password: bool = False
    address: str | None = None


LOCAL_ID = "local"
"""The id of the built-in account that everybody is when nobody is asked to sign in."""


def nobody(address: str | None = None) -> Actor:
    """Give somebody who has not signed in."""
    return Actor("", "", "nothing", address=address)


def local_user(address: str | None = None) -> Actor:
    """Give the one user of a server that asks nobody to sign in."""
    return Actor(LOCAL_ID, LOCAL_ID, "local", "admin", permissions=PERMISSIONS, address=address)


def operator() -> Actor:
    """Give whoever runs commands on the server's own machine, and plugins that act for nobody."""
    return Actor("", "command line", "local", "admin", permissions=PERMISSIONS)


@dataclass(frozen=True)
class Resource:
    """What an action is done to.

    owner: the id of the account that it belongs to; None for what belongs to the server.
    """

    owner: str | None = None


SERVER = Resource()
SOMEBODY_ELSES = Resource(owner="somebody else")


def allowed(actor: Actor, action: Action, resource: Resource = SERVER) -> bool:
    """Say whether `actor` may do `action` to `resource`."""
    rule = RULES[action]
    if rule.anyone:
        return True
    if actor.via == "nothing" or (actor.via == "key" and rule.session):
        return False
    if actor.must_change_password and not rule.first:
        return False
    if rule.permissions and not actor.permissions.intersection(rule.permissions):
        return False
    if resource.owner in (None, actor.id):
        return True
    return rule.everybodys in actor.permissions


def refusal(actor: Actor, action: Action) -> AshimError:
    """Say why `actor` may not do `action`."""
    rule = RULES[action]
    if actor.via == "nothing":
        return AuthRequired("Sign in first: send 'Authorization: Bearer <token>'.")
    if actor.must_change_password and not rule.first:
        return MustChangePassword(
            "Change the password first: POST /api/auth/change-password with currentPassword and "
            "newPassword."
        )
    if actor.via == "key" and rule.session:
        return SessionRequired("API keys can't do this; sign in with a password.")
    wanted = " or ".join(rule.permissions)
    return Forbidden(f"This needs the permission {wanted}.")


def owner_filter(actor: Actor, action: Action) -> str | None:
    """Give the owner whose things `actor` may do `action` to; None for everybody's."""
    return None if allowed(actor, action, SOMEBODY_ELSES) else actor.id


def require_at_least(actor: Actor, permissions: Iterable[str]) -> None:
    """Refuse, with EscalationDenied, to touch permissions that `actor` doesn't have."""
    if missing := sorted(frozenset(permissions) - actor.permissions):
        raise EscalationDenied(
            f"You can't give or take what you don't have yourself: {', '.join(missing)}."
        )
