"""Teams."""

from flask import Blueprint

from ashim_core.identity.records import CreatedTeam, TeamBody, TeamList
from ashim_core.web.context import actor, core
from ashim_core.web.endpoint import json_view
from ashim_core.web.permissions import requires
from ashim_core.wire.bodies import Ok

blueprint = Blueprint("teams", __name__, url_prefix="/api/v1/teams")


@blueprint.get("")
@requires("teams:read")
@json_view()
def list_teams() -> TeamList:
    """List all teams."""
    return core().identity.teams.list()


@blueprint.post("")
@requires("teams:manage")
@json_view(201)
def create_team(body: TeamBody) -> CreatedTeam:
    """Create a team."""
    return core().identity.teams.create(actor(), body.name)


@blueprint.put("/<team_id>")
@requires("teams:manage")
@json_view()
def rename_team(team_id: str, body: TeamBody) -> Ok:
    """Rename a team."""
    core().identity.teams.rename(actor(), team_id, body.name)
    return Ok()


@blueprint.delete("/<team_id>")
@requires("teams:manage")
@json_view()
def delete_team(team_id: str) -> Ok:
    """Delete a team without members; the default one stays."""
    core().identity.teams.delete(actor(), team_id)
    return Ok()
