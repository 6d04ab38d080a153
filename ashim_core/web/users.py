"""Accounts, for those who manage them."""

from flask import Blueprint

from ashim_core.identity.records import NewUser, PasswordReset, UserChange, UserList, UserRecord
from ashim_core.web.context import actor, core
from ashim_core.web.endpoint import json_view
from ashim_core.web.permissions import requires
from ashim_core.wire.bodies import Ok

blueprint = Blueprint("users", __name__, url_prefix="/api/auth")


@blueprint.get("/users")
@requires("users:read")
@json_view()
def list_users() -> UserList:
    """List all users."""
    return core().identity.accounts.list()


@blueprint.post("/register")
@requires("users:manage")
@json_view(201)
def register(body: NewUser) -> UserRecord:
    """Create a user, who changes the password at the first login."""
    return core().identity.accounts.register(actor(), body)


@blueprint.put("/users/<user_id>")
@requires("users:manage")
@json_view()
def update_user(user_id: str, body: UserChange) -> Ok:
    """Change a user's role or team."""
    core().identity.accounts.update(actor(), user_id, body)
    return Ok()


@blueprint.post("/users/<user_id>/reset-password")
@requires("passwords:reset")
@json_view()
def reset_password(user_id: str, body: PasswordReset) -> Ok:
    """Give a user a new password, to be changed at the next login; ends sessions and keys."""
    core().identity.accounts.reset_password(actor(), user_id, body.new_password)
    return Ok()


@blueprint.delete("/users/<user_id>")
@requires("users:manage")
@json_view()
def delete_user(user_id: str) -> Ok:
    """Delete a user with their sessions and keys."""
    core().identity.accounts.delete(actor(), user_id)
    return Ok()
