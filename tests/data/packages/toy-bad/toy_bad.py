"""Does one thing wrong, as variables say: which hook, and how."""

import threading
from collections.abc import Callable, Iterable
from typing import Any

from flask import Blueprint

from ashim_core.extension import PluginConfig, hookimpl, requires


class BadConfig(PluginConfig, name="toy-bad"):
    """What to do wrong."""

    hook: str = ""
    how: str = "raise"


RUBBISH = 42


def _bad(hook: str) -> Any:
    config = BadConfig()
    if config.hook == hook:
        if config.how == "raise":
            raise ZeroDivisionError("as it was told")
        if config.how == "exit":
            raise SystemExit(3)
        if config.how == "hang":
            threading.Event().wait()
        return RUBBISH
    return None


@hookimpl
def ashim_config() -> Iterable[type[PluginConfig]]:
    return _bad("ashim_config") or [BadConfig]


@hookimpl
def ashim_executor() -> Any:
    return _bad("ashim_executor")


@hookimpl
def ashim_storage() -> Any:
    return _bad("ashim_storage")


@hookimpl
def ashim_sites() -> Any:
    return _bad("ashim_sites") or []


@hookimpl
def ashim_panels() -> Any:
    return _bad("ashim_panels") or []


@hookimpl
def ashim_blueprints() -> Any:
    found = _bad("ashim_blueprints")
    blueprint = Blueprint("toy-bad", __name__)

    @blueprint.get("/api/toy-bad")
    @requires("public:read")
    def here() -> str:
        return "here"

    return found or [blueprint]


@hookimpl
def ashim_identify() -> Any:
    return _bad("ashim_identify")


@hookimpl
def ashim_event() -> None:
    _bad("ashim_event")


@hookimpl
def ashim_start() -> Callable[[], None] | Any:
    return _bad("ashim_start") or (lambda: _bad("stop"))
