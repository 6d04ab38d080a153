"""What administrators change while the server runs."""

from typing import Any

from flask import Blueprint
from pydantic import ConfigDict

from ashim_core.preferences import MANAGED, PreferenceRecord, Preferences
from ashim_core.web.context import actor, core
from ashim_core.web.endpoint import json_view
from ashim_core.web.permissions import requires
from ashim_core.wire.bodies import Body, Ok, Record

blueprint = Blueprint("settings", __name__, url_prefix="/api/v1/settings")


class AllSettings(Record):
    """Every setting as text."""

    settings: dict[str, str]


class SettingsUpdated(Ok):
    """How many settings were sent."""

    updated_count: int


class SettingsChange(Body):
    """Settings by their names: values, or the same as text. Null brings a default back."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "properties": {
                key: field
                for key, field in Preferences.model_json_schema()["properties"].items()
                if key not in MANAGED
            },
            "additionalProperties": False,
        },
    )


class SettingValue(Body):
    """The value itself, or the same as text. Null brings the default back."""

    value: Any


@blueprint.get("")
@requires("settings:read")
@json_view()
def list_settings() -> AllSettings:
    """Give all settings."""
    return AllSettings(settings=core().preferences.texts())


@blueprint.put("")
@requires("settings:write")
@json_view()
def set_settings(body: SettingsChange) -> SettingsUpdated:
    """Set several settings at once; if one is wrong, none is set."""
    return SettingsUpdated(updated_count=_set(body.model_extra or {}))


@blueprint.get("/<key>")
@requires("settings:read")
@json_view()
def get_setting(key: str) -> PreferenceRecord:
    """Give one setting."""
    return core().preferences.get(key)


@blueprint.put("/<key>")
@requires("settings:write")
@json_view()
def set_setting(key: str, body: SettingValue) -> Ok:
    """Set one setting."""
    _set({key: body.value})
    return Ok()


def _set(values: dict[str, Any]) -> int:
    return core().preferences.set(actor(), values, core().registry.names)
