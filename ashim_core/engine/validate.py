"""Settings from a caller to the object that a tool receives, with errors that teach."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from ashim_core.errors import InvalidSettings
from ashim_core.imaging.formats import CORE_FORMATS, Formats
from ashim_core.registry import Registry
from ashim_core.tool import Tool, ToolSettings
from ashim_core.wire.validation import details_of, first_of


def validate_settings(
    tool: Tool, data: Mapping[str, Any], formats: Formats = CORE_FORMATS
) -> ToolSettings:
    """Validate the settings of one tool; InvalidSettings names every wrong field.

    formats: those that a setting may name.
    """
    try:
        return tool.settings.model_validate(dict(data), context=formats)
    except ValidationError as error:
        details = details_of(error, tool.settings)
    raise InvalidSettings(f"Invalid settings for {tool.id}: {first_of(details)}", details=details)


def prepare(registry: Registry, tool: Tool, data: Mapping[str, Any]) -> ToolSettings:
    """Validate the settings of a tool that may run; see that the models are there that they need.

    InvalidSettings, or ModelNotInstalled.
    """
    settings = validate_settings(tool, data, registry.formats)
    registry.check_models(tool, settings)
    return settings
