"""API keys."""

from flask import Blueprint

from ashim_core.identity.records import CreatedKey, KeyList, NewKey
from ashim_core.web.context import actor, core
from ashim_core.web.endpoint import json_view
from ashim_core.web.permissions import requires
from ashim_core.wire.bodies import Ok

blueprint = Blueprint("api-keys", __name__, url_prefix="/api/v1/api-keys")


@blueprint.post("")
@requires("keys:create")
@json_view(201, secret=True)
def create_key(body: NewKey) -> CreatedKey:
    """Create an API key; it is shown this once."""
    return core().identity.keys.create(actor(), body)


@blueprint.get("")
@requires("keys:read")
@json_view()
def list_keys() -> KeyList:
    """List one's own API keys; everybody's with the permission apikeys:all."""
    return core().identity.keys.list(actor())


@blueprint.delete("/<key_id>")
@requires("keys:delete")
@json_view()
def delete_key(key_id: str) -> Ok:
    """Delete an API key."""
    core().identity.keys.delete(actor(), key_id)
    return Ok()
