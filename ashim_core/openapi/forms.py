"""Forms of `multipart/form-data`: which files, and which text fields beside them."""

import json
from collections.abc import Iterable, Mapping, Sequence

from pydantic import ValidationError

from ashim_core.extra import Extra
from ashim_core.openapi.parameters import id_of
from ashim_core.openapi.shapes import Form
from ashim_core.openapi.words import BYTES, FORM, JSON, Json, ref
from ashim_core.tool import ImageTool, Tool

_SHOWN_STEPS = 2
_REFERENCE = "A file of the library may be named in its place: `/files/<id>` as text."
_FIELDS: Mapping[str, Json] = {
    "fileId": id_of("a file in the library")
    | {
        "description": "A file in the library: the result is kept as a new version of it. Without "
        "an upload it is also what is worked on.",
    },
    "strict": {
        "type": "boolean",
        "description": "Answer 422 `WOULD_LOSE` rather than lose anything of a picture: frames, "
        "metadata, colours outside of sRGB, depth, transparency.",
    },
    "manifest": {
        "type": "boolean",
        "description": "A ZIP has a `manifest.json` even if no file failed.",
    },
    "clientJobId": {
        "type": "string",
        "description": "What older clients name a job by. Nothing comes of it: the server names "
        "its jobs itself.",
    },
    "stream": {
        "type": "boolean",
        "description": "The ZIP is sent while the files are being worked on. It ends with a "
        "`manifest.json`, since the head of the answer can't say what became of them.",
    },
}
_PIPELINE: Mapping[str, Json] = {
    "pipeline": {
        "type": "string",
        "description": 'JSON: `[{"toolId": "resize", "settings": {"width": 800}}]`.',
    },
    "steps": {"type": "string", "description": "The same as `pipeline`."},
    "pipelineId": id_of("a saved pipeline")
    | {"description": "The id of a saved one in its place."},
}


def tool_form(tool: Tool, settings: str) -> Json:
    """Describe what one tool takes. settings: the name of the schema of its settings."""
    files = _files_of(tool)
    required = [extra.name for extra in tool.extras if extra.required]
    either = [[name, "fileId"] for name in files if tool.min_files == 1]
    required += [name for name in files if tool.min_files > 1]
    files |= {extra.name: _extra(extra, alone=len(required) == 1) for extra in tool.extras}
    if _needs_settings(tool):
        required.append("settings")
    fields = {"settings": ref(settings), **_fields("fileId", "strict", "manifest", "clientJobId")}
    form = _form(files | fields, required, either)
    form[FORM]["encoding"] = {"settings": {"contentType": JSON}}
    if tool.takes:
        kinds = {"contentType": ", ".join(tool.takes)}
        form[FORM]["encoding"] |= dict.fromkeys(_files_of(tool), kinds)
    return form if tool.max_files else form | {JSON: {"schema": ref(settings)}}


def batch_form(most: int, example: Tool | None) -> Json:
    """Describe a run of one tool over each of many files. most: so many."""
    fields = {
        "settings": {
            "type": "string",
            "description": "A JSON object, for all files: what the tool takes.",
            "examples": [json.dumps(dict(example.settings.example)) if example else "{}"],
        },
        **_many(most),
    }
    return _form(fields, [], [["files", "fileId"]])


def pipeline_form(tools: Sequence[Tool], most: int, *, many: bool) -> Json:
    """Describe the run of a pipeline of some tools, over one file or many."""
    fields = _many(most) if many else _one()
    # One that begins with a tool that takes no file needs none.
    file = "files" if many else "file"
    either = [[file, "fileId"]] if many or all(tool.min_files for tool in tools) else []
    steps = [
        {"toolId": tool.id, "settings": dict(tool.settings.example)}
        for tool in tools
        if isinstance(tool, ImageTool) and not any(extra.required for extra in tool.extras)
    ]
    text = _PIPELINE["pipeline"] | {"examples": [json.dumps(steps[:_SHOWN_STEPS])]}
    return _form(
        {**_PIPELINE, "pipeline": text, **fields},
        [],
        [["pipeline", "steps", "pipelineId"], *either],
    )


def upload_form(form: Form, most: int = 1) -> Json:
    """Describe a form with files. most: of them, where there may be many."""
    fields = _fields_beside(form)
    file = BYTES | ({"description": f"The picture. {_REFERENCE}"} if form.referring else {})
    files = {"files": _list_of(file, 1, most)} if form.many else {"file": file}
    required = [*files, *fields.get("required", ())]
    return _form(files | fields.get("properties", {}), required, [])


def _fields_beside(form: Form) -> Json:
    if form.fields is None:
        return {}
    schema = form.fields.model_json_schema(by_alias=True)
    for field in schema["properties"].values():
        field.pop("title", None)
    return schema


def _form(properties: Json, required: list[str], either: Iterable[Sequence[str]]) -> Json:
    """Describe a form. either: of each of these at least one is needed."""
    schema: Json = {"type": "object", "properties": properties, "required": required}
    # Not `anyOf` beside the properties, which generators take for one of several bodies.
    choices = [{"anyOf": [{"required": [name]} for name in names]} for names in either]
    if choices:
        schema["allOf"] = choices
    return {FORM: {"schema": schema}}


def _extra(extra: Extra, *, alone: bool) -> Json:
    """Describe an extra file. alone: it is the only one that is required."""
    about = extra.description or "The second picture."
    if extra.required and alone:
        about += " Of two files in other fields it is the second one."
    return BYTES | {"description": f"{about} {_REFERENCE}"}


def _needs_settings(tool: Tool) -> bool:
    try:
        tool.settings.model_validate({})
    except ValidationError:
        return True
    return False


def _files_of(tool: Tool) -> Json:
    if tool.max_files == 1:
        what = f"The file, {' or '.join(tool.takes)}." if tool.takes else "The picture."
        return {"file": BYTES | {"description": f"{what} {_REFERENCE}"}}
    if tool.max_files > 1:
        files = _list_of(BYTES, max(tool.min_files, 1), tool.max_files)
        return {"files": files | {"description": "The files, in their order."}}
    return {}


def _one() -> Json:
    file = BYTES | {
        "description": "The file; several, in fields of any names, where the first tool takes "
        "several. A second picture that a tool needs goes into the field of its name. " + _REFERENCE
    }
    return {"file": file, **_fields("fileId", "strict", "manifest", "clientJobId")}


def _many(most: int) -> Json:
    fields = _fields("fileId", "strict", "manifest", "stream", "clientJobId")
    about = fields["fileId"].pop("description")
    # One for each result, so that Swagger UI shows and sends what is there once as often.
    fields["fileId"] = _list_of(fields["fileId"], 1, most) | {
        "description": f"{about} One for each file, in their order."
    }
    files = _list_of(BYTES, 1, most) | {
        "description": "Each is worked on by itself, and they stay in their order. "
        f"{_REFERENCE} A second picture that a tool needs is sent once, in the field of its name."
    }
    return {"files": files, **fields}


def _fields(*names: str) -> Json:
    return {name: dict(_FIELDS[name]) for name in names}


def _list_of(items: Json, least: int, most: int) -> Json:
    return {"type": "array", "items": items, "minItems": least, "maxItems": most}
