"""Every route says what it needs; one place asks the policy before any handler runs."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from flask import current_app, request

from ashim_core.errors import Forbidden
from ashim_core.policy import Action, allowed
from ashim_core.web.context import actor

ViewT = TypeVar("ViewT", bound=Callable[..., Any])

_ATTRIBUTE = "ashim_permission"


class Permission(NamedTuple):
    """What a route needs: an action on a resource, whose braces name parts of the path.

    unless: called with the parts of the path; True lets the request pass without the permission.
    """

    action: Action
    resource: str
    unless: Callable[..., bool] | None = None


def requires(
    action: Action, resource: str, *, unless: Callable[..., bool] | None = None
) -> Callable[[ViewT], ViewT]:
    """Declare what a view needs. A view without it is refused to everybody."""

    def declare(view: ViewT) -> ViewT:
        setattr(view, _ATTRIBUTE, Permission(action, resource, unless))
        return view

    return declare


def permission_of(view: Callable[..., Any]) -> Permission | None:
    """Give what a view was declared to need."""
    found: Permission | None = getattr(view, _ATTRIBUTE, None)
    return found


def enforce() -> None:
    """Ask the policy about the present request; Forbidden when it says no."""
    if request.endpoint is None:
        return  # no such route: the 404 tells nothing
    needed = permission_of(current_app.view_functions[request.endpoint])
    parts = request.view_args or {}
    if needed is None:
        raise Forbidden(f"{request.path} is not open to anybody.")
    if needed.unless is not None and needed.unless(**parts):
        return
    resource = needed.resource.format(**parts)
    if not allowed(actor(), needed.action, resource):
        raise Forbidden(f"You may not {needed.action} {resource}.")
