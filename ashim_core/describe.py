"""What there is to know about tools and plugins, as JSON: for REST, the CLI and the docs."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel

from ashim_core.discovery import CORE, Plugin
from ashim_core.gives import FILES, PICTURE, REPORT
from ashim_core.imaging.formats import WRITTEN, Format, Formats, choices
from ashim_core.registry import Registry
from ashim_core.tool import FileTool, ImageTool, Tool


def settings_schema(tool: Tool, formats: Formats) -> dict[str, Any]:
    """Give the JSON schema (2020-12) of a tool's settings, names as on the wire.

    formats: those that a setting may name.
    """
    whole = tool.settings.model_json_schema(by_alias=True)
    schema: dict[str, Any] = _inlined(whole, whole.pop("$defs", {}))
    _name_formats(schema, choices(formats))
    schema["title"] = f"{tool.name} settings"
    schema.pop("description", None)
    schema["examples"] = [dict(tool.settings.example)]
    return schema


def _name_formats(part: Any, names: list[str]) -> None:
    """Write down which formats can be chosen, where one can be."""
    if isinstance(part, list):
        for item in part:
            _name_formats(item, names)
    elif isinstance(part, dict):
        if part.pop(WRITTEN, False):
            part["enum"] = names
        for value in part.values():
            _name_formats(value, names)


def report_schema(report: type[BaseModel]) -> dict[str, Any]:
    """Give the JSON schema (2020-12) of what a tool reports, names as on the wire."""
    whole = report.model_json_schema(by_alias=True, mode="serialization")
    schema: dict[str, Any] = _inlined(whole, whole.pop("$defs", {}))
    return schema


def _inlined(part: Any, definitions: Mapping[str, Any], inside: tuple[str, ...] = ()) -> Any:
    """Put models inside of models where they are referred to: as parts of other documents, these
    references would lead nowhere. inside: the models around this one, which it can't hold itself.
    """
    if isinstance(part, list):
        return [_inlined(item, definitions, inside) for item in part]
    if not isinstance(part, dict):
        return part
    name = str(part.get("$ref", "")).removeprefix("#/$defs/")
    if name not in definitions or name in inside:
        return {key: _inlined(value, definitions, inside) for key, value in part.items()}
    rest = {key: value for key, value in part.items() if key != "$ref"}
    found = _inlined(definitions[name], definitions, (*inside, name))
    return {**found, **_inlined(rest, definitions, inside)}


def _schemas(tool: Tool, registry: Registry, report: type[BaseModel] | None) -> dict[str, Any]:
    """Give what is most of a description."""
    return {
        "settings": settings_schema(tool, registry.formats),
        "report": report_schema(report) if report else None,
    }


def describe_tool(registry: Registry, tool: Tool, *, settings: bool = True) -> dict[str, Any]:
    """Describe one tool: what it does, takes and gives, who provides it, and its states.

    settings: with the schemas of its settings and of its report.
    """
    state = registry.state(tool)
    provenance = registry.provenance(tool)
    gives = tool.gives.kinds if isinstance(tool, FileTool) else (PICTURE,)
    report = tool.report if isinstance(tool, FileTool) else None
    return {
        "id": tool.id,
        "aliases": list(tool.aliases),
        "name": tool.name,
        "summary": tool.summary,
        "category": tool.category,
        "version": provenance.version,
        "distribution": provenance.distribution,
        "inputs": {
            "min": tool.min_files,
            "max": tool.max_files,
            "takes": list(tool.takes) or ["image/*"] * bool(tool.max_files),
            "extras": [
                {"name": item.name, "required": item.required, "description": item.description}
                for item in tool.extras
            ],
        },
        "outputs": _outputs(gives),
        **(_schemas(tool, registry, report) if settings else {}),
        "actions": [describe_tool(registry, one, settings=settings) for one in tool.actions],
        "animation": tool.animation if isinstance(tool, ImageTool) else None,
        "gives": list(gives),
        "pipelineStep": PICTURE in gives,
        "installed": state.installed,
        "enabled": state.enabled,
        "available": state.available,
        "reason": state.reason,
        "experimental": tool.experimental,
        "execution": tool.lane,
        "panel": registry.panel_of(tool.id),
        "models": [
            {
                "name": spec.name,
                "size": spec.size,
                "license": spec.license,
                "commercial": spec.commercial,
                "installed": spec.name in state.models,
            }
            for spec in tool.models
        ],
    }


def _outputs(gives: Iterable[str]) -> str:
    """Say in words what may come back. gives: kinds of results; none: that isn't known."""
    words = dict.fromkeys(kind if kind in (PICTURE, REPORT) else FILES for kind in gives)
    return " or ".join(words or (FILES, REPORT))


def describe_format(format: Format) -> dict[str, Any]:
    """Describe one picture format: whether it is read and written here, and what it can hold."""
    return {
        "name": format.name,
        "mediaType": format.media_type,
        "extension": format.extension,
        "read": True,
        "write": format.encoder is not None,
        "alpha": format.alpha,
        "animation": format.animated,
        "profile": format.profile,
        "defaultQuality": format.quality,
        "distribution": format.package or CORE,
    }


def describe_plugin(plugin: Plugin) -> dict[str, Any]:
    """Describe one plugin: where it comes from, what became of it, and what to do about it."""
    return {
        "name": plugin.name,
        "group": plugin.group,
        "distribution": plugin.provenance.distribution,
        "version": plugin.provenance.version,
        "origin": plugin.provenance.origin,
        "status": plugin.status,
        "tools": plugin.tools,
        "formats": plugin.formats,
        "reason": plugin.reason,
        "nextStep": plugin.next_step,
    }
