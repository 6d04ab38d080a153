"""Signing in and out, and one's own password and sessions."""

from flask import Blueprint, after_this_request
from pydantic import Field

from ashim_core.identity.records import (
    Login,
    LoginAnswer,
    PasswordChange,
    SessionAnswer,
    SessionList,
)
from ashim_core.web.branding import LOGO_PATH
from ashim_core.web.context import actor, core, preferences
from ashim_core.web.cookies import without_cookie
from ashim_core.web.endpoint import json_view
from ashim_core.web.permissions import requires
from ashim_core.web.rate_limits import count_login
from ashim_core.web.sign_in import told
from ashim_core.web.visitors import visitor
from ashim_core.wire.bodies import Ok, Record

blueprint = Blueprint("auth", __name__)


class AuthConfig(Record):
    """What a login page has to know: nothing that strangers may not know."""

    auth_enabled: bool = Field(description="Whether people have to sign in.")
    app_name: str = Field(description="What this server calls itself.")
    default_theme: str = Field(description="`light`, `dark` or `system`.")
    default_locale: str = Field(description="A language, such as `en` or `pt-BR`.")
    logo_url: str | None = Field(description="The address of the logo; null without one.")


@blueprint.get("/api/v1/config/auth")
@requires("public:read")
@json_view()
def auth_config() -> AuthConfig:
    """Say whether people have to sign in, and how a page for that should look."""
    config, wishes = core().config, preferences()
    return AuthConfig(
        auth_enabled=config.auth_enabled,
        app_name=wishes.app_name,
        default_theme=wishes.default_theme,
        default_locale=wishes.default_locale,
        logo_url=config.root_path + LOGO_PATH if wishes.custom_logo else None,
    )


@blueprint.post("/api/auth/login")
@requires("session:start")
@json_view(secret=True)
def login(body: Login) -> LoginAnswer:
    """Sign in with name and password; the token is for `Authorization: Bearer <token>`.

    Pages send `"cookie": true`: then a cookie has the token. With it, whatever is no GET needs the
    header `X-Ashim-Page: 1`, which pages of other sites can't send.
    """
    count_login(body.username)
    return told(core().identity.sessions.login(body, visitor()), cookie=body.cookie)


@blueprint.post("/api/auth/logout")
@requires("session:end")
@json_view()
def logout() -> Ok:
    """End the session of this request. A cookie that has it is cleared."""
    core().identity.sessions.logout(actor())
    after_this_request(without_cookie)
    return Ok()


@blueprint.get("/api/auth/session")
@requires("session:read")
@json_view(secret=True)
def session() -> SessionAnswer:
    """Say who is signed in, and until when."""
    return core().identity.sessions.describe(actor())


@blueprint.post("/api/auth/change-password")
@requires("password:change")
@json_view()
def change_password(body: PasswordChange) -> Ok:
    """Change one's own password; ends all other sessions and all own API keys."""
    count_login(actor().name)
    core().identity.accounts.change_password(actor(), body)
    return Ok()


@blueprint.get("/api/auth/sessions")
@requires("sessions:own")
@json_view()
def list_sessions() -> SessionList:
    """List one's own sessions."""
    return core().identity.sessions.list(actor())


@blueprint.delete("/api/auth/sessions/<session_id>")
@requires("sessions:own")
@json_view()
def delete_session(session_id: str) -> Ok:
    """End one of one's own sessions."""
    core().identity.sessions.delete(actor(), session_id)
    return Ok()
