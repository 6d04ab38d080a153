"""The logo of this server."""

from flask import Blueprint, Response

from ashim_core.errors import InvalidRequest, NotFound
from ashim_core.openapi.shapes import FileAnswer, Form
from ashim_core.web.context import actor, core
from ashim_core.web.endpoint import file_view, json_view
from ashim_core.web.forms import expect_fields
from ashim_core.web.permissions import requires
from ashim_core.web.ranges import send_ranges
from ashim_core.web.uploads import received_files, receiving
from ashim_core.wire.bodies import Ok

blueprint = Blueprint("branding", __name__)

LOGO_PATH = "/api/v1/branding/logo"


@blueprint.get("/api/v1/settings/logo")
@blueprint.get(LOGO_PATH)
@requires("public:read", many=True)
@file_view(FileAnswer("A PNG of 128 x 128 pixels.", "image/png"), refusals=("404",))
def get_logo() -> Response:
    """Get the logo."""
    path = core().branding.logo
    if not path.is_file():
        raise NotFound("This server has no logo of its own.")
    return send_ranges(path, mimetype="image/png", max_age=0)


@blueprint.post("/api/v1/settings/logo")
@blueprint.post(LOGO_PATH)
@requires("branding:manage")
@json_view(form=Form())
def set_logo() -> Ok:
    """Upload a logo of any format; it becomes a PNG of 128 x 128 pixels."""
    limit = core().config.max_logo_size_kb * 1024
    with receiving(1, limit) as folder:
        expect_fields(())
        files = received_files()
        if len(files) != 1:
            raise InvalidRequest(
                "Expected one picture.",
                details=[
                    {"field": "file", "expected": "1 file", "received": f"{len(files)} files"}
                ],
            )
        core().branding.set_logo(actor(), files[0])
        folder.remove()
    return Ok()


@blueprint.delete("/api/v1/settings/logo")
@blueprint.delete(LOGO_PATH)
@requires("branding:manage")
@json_view()
def delete_logo() -> Ok:
    """Remove the logo; that there is none is fine."""
    core().branding.delete_logo(actor())
    return Ok()
