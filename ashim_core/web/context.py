"""What a request handler may reach: the core, who asks, and the id of the request."""

import secrets
from typing import cast

from flask import current_app, g

from ashim_core.core import Core
from ashim_core.policy import Actor
from ashim_core.preferences import Preferences
from ashim_core.registry import Registry

EXTENSION = "ashim"


def core() -> Core:
    """Give the core of the application that handles this request."""
    return cast("Core", current_app.extensions[EXTENSION])


def actor() -> Actor:
    """Say who is asking."""
    return cast("Actor", g.actor)


def preferences() -> Preferences:
    """Give the preferences as they were when this request first asked for them."""
    if "preferences" not in g:
        g.preferences = core().preferences.load()
    return cast("Preferences", g.preferences)


def tools() -> Registry:
    """Give the tools as they are offered at the moment."""
    if "tools" not in g:
        g.tools = core().tools(preferences())
    return cast("Registry", g.tools)


def request_id() -> str:
    """Give the id of this request, the same in the answer and in the log."""
    if "request_id" not in g:
        g.request_id = secrets.token_hex(8)
    return cast("str", g.request_id)
