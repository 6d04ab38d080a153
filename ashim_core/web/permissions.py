"""Every route says what it needs; one place asks the policy before any handler runs."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from flask import current_app, request

from ashim_core.errors import Forbidden
from ashim_core.policy import RULES, Action, allowed, refusal
from ashim_core.web.context import actor

ViewT = TypeVar("ViewT", bound=Callable[..., Any])

_ATTRIBUTE = "ashim_permission"


class Permission(NamedTuple):
    """What a route needs.

    unless: called with the parts of the path; True lets the request pass without the permission.
    many: a page asks for many of its kind at a time, so they are counted apart from all else.
    """

    action: Action
    unless: Callable[..., bool] | None = None
    many: bool = False


def requires(
    action: Action, *, unless: Callable[..., bool] | None = None, many: bool = False
) -> Callable[[ViewT], ViewT]:
    """Declare what a view needs. A view without it is refused to everybody.

    `Permission` has the meaning of the others.

    Where things have owners, the view itself looks for those of the actor only, so that what
    belongs to others can't be told from what is not there.
    """

    def declare(view: ViewT) -> ViewT:
        setattr(view, _ATTRIBUTE, Permission(action, unless, many))
        return view

    return declare


def permission_of(view: Callable[..., Any]) -> Permission | None:
    """Give what a view was declared to need."""
    found: Permission | None = getattr(view, _ATTRIBUTE, None)
    return found


def is_public() -> bool:
    """Say whether the present request is for something that nobody has to sign in for."""
    if request.endpoint is None:
        return True
    needed = permission_of(current_app.view_functions[request.endpoint])
    return needed is not None and RULES[needed.action].anyone


def is_one_of_many() -> bool:
    """Say whether the present request is for something that pages show many of at a time.

    It has to come from somebody who is known, or with what opens this very thing.
    """
    if request.endpoint is None:
        return False
    needed = permission_of(current_app.view_functions[request.endpoint])
    if needed is None or not needed.many:
        return False
    opened = needed.unless is not None and needed.unless(**(request.view_args or {}))
    return opened or actor().via != "nothing"


def enforce() -> None:
    """Ask the policy about the present request; raise its refusal when it says no."""
    if request.endpoint is None:
        return  # no such route: the 404 tells nothing
    if request.method == "OPTIONS":
        return  # answered by Flask with the methods alone; browsers send it without a token
    needed = permission_of(current_app.view_functions[request.endpoint])
    if needed is None:
        raise Forbidden(f"{request.path} is not open to anybody.")
    if needed.unless is not None and needed.unless(**(request.view_args or {})):
        return
    if not allowed(actor(), needed.action):
        raise refusal(actor(), needed.action)
