"""Roles."""

from flask import Blueprint

from ashim_core.identity.records import CreatedRole, NewRole, RoleChange, RoleList
from ashim_core.web.context import actor, core
from ashim_core.web.endpoint import json_view
from ashim_core.web.permissions import requires
from ashim_core.wire.bodies import Ok

blueprint = Blueprint("roles", __name__, url_prefix="/api/v1/roles")


@blueprint.get("")
@requires("roles:read")
@json_view()
def list_roles() -> RoleList:
    """List all roles with their permissions."""
    return core().identity.roles.list()


@blueprint.post("")
@requires("roles:manage")
@json_view(201)
def create_role(body: NewRole) -> CreatedRole:
    """Create a role."""
    return core().identity.roles.create(actor(), body)


@blueprint.put("/<role_id>")
@requires("roles:manage")
@json_view()
def update_role(role_id: str, body: RoleChange) -> Ok:
    """Change a role, at once for all who have it."""
    core().identity.roles.update(actor(), role_id, body)
    return Ok()


@blueprint.delete("/<role_id>")
@requires("roles:manage")
@json_view()
def delete_role(role_id: str) -> Ok:
    """Delete a role; those who had it get the role `user`."""
    core().identity.roles.delete(actor(), role_id)
    return Ok()
