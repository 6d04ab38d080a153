"""What comes back when something was run: pictures, other files, a ZIP of them, or a report."""

from collections.abc import Iterable

from ashim_core.describe import report_schema
from ashim_core.gives import FILES, FOLDERS, PICTURE, REPORT
from ashim_core.openapi.words import ANY_TYPE, BYTES, JSON, RUN_RESULT, Json, accepted, ref
from ashim_core.registry import Registry
from ashim_core.tool import FileTool, ImageTool, Tool

_ZIP = "application/zip"


def answer_of(tool: Tool, registry: Registry) -> Json:
    """Describe the answers of one tool."""
    types, report = _types_of(tool, registry), report_of(tool)
    if report and not types:
        return {"200": _answer("A report.", [], report)} | accepted()
    described = {"anyOf": [ref("Result"), report]} if report else ref("Result")
    told = "The resulting file, or JSON that links to it."
    return {"200": _answer(told, types, described)} | accepted()


def answer_of_any(tools: Iterable[Tool], registry: Registry) -> Json:
    """Describe the answers of a pipeline of some tools, over one file."""
    types = [ANY_TYPE, *(kind for tool in tools for kind in _types_of(tool, registry))]
    described = {"anyOf": [ref("Result"), ref("Report")]}
    told = "The result of the last step, or JSON that links to it."
    return {"200": _answer(told, types, described)} | accepted()


def answer_of_many() -> Json:
    """Describe the answers of what is run over many files."""
    answer = _answer("A ZIP of the results, or JSON that links to them.", [_ZIP], ref("Result"))
    answer["headers"]["X-File-Results"] = {
        "schema": {"type": "string"},
        "description": "A JSON object: the number of each file, from 0, to the name of its result.",
    }
    return {"200": answer} | accepted()


def _types_of(tool: Tool, registry: Registry) -> list[str]:
    """Give the media types that a tool may answer with, whatever it is asked for."""
    pictures = [item.media_type for item in registry.formats if item.encoder is not None]
    if isinstance(tool, ImageTool):
        return pictures
    kinds = tool.gives.kinds if isinstance(tool, FileTool) else ()
    found: list[str] = []
    for kind in kinds or (FILES,):
        found += {PICTURE: pictures, FILES: [_ZIP], FOLDERS: [_ZIP], REPORT: []}.get(kind, [kind])
    return found


def report_of(tool: Tool) -> Json | None:
    """Describe the report of a tool; None if it never gives any."""
    if not isinstance(tool, FileTool) or (tool.gives.kinds and REPORT not in tool.gives.kinds):
        return None
    return ref("Report") if tool.report is None else _with_its_job(report_schema(tool.report))


def _with_its_job(schema: Json) -> Json:
    """Add what the core itself writes beside what a tool reports."""
    properties = {"jobId": {"type": "string"}, **schema["properties"]}
    return schema | {"properties": properties, "required": ["jobId", *schema.get("required", [])]}


def _answer(told: str, types: Iterable[str], described: Json) -> Json:
    # Generators of clients take the first type that they know. Many know no pictures, and would
    # read them as the JSON that comes last.
    files = [kind for kind in types if kind != JSON]
    media = dict.fromkeys([ANY_TYPE, *files] if files else [])
    return {
        "description": told,
        "headers": dict(RUN_RESULT),
        "content": {kind: {"schema": BYTES} for kind in media} | {JSON: {"schema": described}},
    }
