"""Who may do what: the one function that every route asks."""

from dataclasses import dataclass
from typing import Literal

Action = Literal["read", "run", "download"]


@dataclass(frozen=True)
class Actor:
    """Who is asking."""

    id: str
    name: str


LOCAL_USER = Actor("local", "local")
"""Everybody, as long as the server asks nobody to sign in."""


def allowed(actor: Actor, action: Action, resource: str) -> bool:
    """Say whether `actor` may do `action` to `resource`, a path such as `tools/resize`."""
    return actor == LOCAL_USER
