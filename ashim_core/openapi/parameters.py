"""Parts of addresses, and headers: each name with what the code that reads it takes."""

import re
from collections.abc import Mapping

from pydantic import BaseModel

from ashim_core.identity.lookup import DEFAULT_TEAM_ID, builtin_role_id
from ashim_core.ids import ID_PATTERN, MOST_OF_TOOL_ID, REQUEST_KEY_PATTERN, TOOL_ID_PATTERN
from ashim_core.openapi.words import Json
from ashim_core.policy import BUILTIN_ROLES
from ashim_core.preferences import KEYS


def id_of(what: str, *others: str) -> Json:
    """Describe the id of something that the server has named. others: of what it began with."""
    pattern = "|".join((ID_PATTERN, *map(re.escape, others)))
    return {
        "type": "string",
        "pattern": f"^({pattern})$" if others else f"^{pattern}$",
        "description": f"The id of {what}.",
    }


_PARTS: Mapping[str, Json] = {
    "jobId": id_of("a job"),
    "fileId": id_of("a version of a file"),
    "pipelineId": id_of("a saved pipeline"),
    "userId": id_of("an account"),
    "roleId": id_of("a role", *map(builtin_role_id, BUILTIN_ROLES)),
    "keyId": id_of("an API key"),
    "sessionId": id_of("a session"),
    "teamId": id_of("a team", DEFAULT_TEAM_ID),
    "toolId": {
        "type": "string",
        "pattern": f"^{TOOL_ID_PATTERN}$",
        "maxLength": MOST_OF_TOOL_ID,
        "description": "The id of a tool, or an alias.",
    },
    "action": {
        "type": "string",
        "pattern": f"^{TOOL_ID_PATTERN}$",
        "maxLength": MOST_OF_TOOL_ID,
        "description": "What `actions` of the tool names, behind the slash.",
    },
    "key": {"type": "string", "enum": [*KEYS], "description": "The name of a setting."},
    "name": {
        "type": "string",
        "minLength": 1,
        "description": "The name of a result, as its job tells it.",
    },
}
"""Whatever else stands in such a place, there is nothing of that name: 404."""

RUN_HEADERS: Json = {
    "Prefer": {
        "name": "Prefer",
        "in": "header",
        "schema": {"type": "string", "examples": ["respond-async", "wait=30"]},
        "description": "`respond-async`: the answer is 202 with the addresses to follow. "
        "`wait=30`: it is that if the job isn't done after so many seconds, at most 60.",
    },
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "schema": {"type": "string", "pattern": f"^{REQUEST_KEY_PATTERN}$"},
        "description": "The same request with the same key gets the same job, however often it is "
        "sent; another request with it gets 409. The result is kept until it expires.",
    },
}
"""What may be sent along when something is run, as components of the document."""
RUN_PARAMETERS = [{"$ref": f"#/components/parameters/{name}"} for name in RUN_HEADERS]
RANGE: Json = {
    "name": "Range",
    "in": "header",
    "schema": {"type": "string", "examples": ["bytes=0-1023"]},
    "description": "One range of bytes; the answer is 206. Anything else gets the whole file.",
}
IF_NONE_MATCH: Json = {
    "name": "If-None-Match",
    "in": "header",
    "schema": {"type": "string"},
    "description": "The `ETag` of what is there already; if it is the same still, 304.",
}
NOT_MODIFIED: Json = {"304": {"description": "It is the same still."}}
"""The answer to it."""
LAST_EVENT_ID: Json = {
    "name": "Last-Event-ID",
    "in": "header",
    "schema": {"type": "string"},
    "description": "The `id` of the last event that was heard; it isn't told again.",
}


_OF_A_PACKAGE: Json = {"type": "string", "description": "As the package has it."}
"""A part of a path that no route of the core has."""


def query_parameters(model: type[BaseModel]) -> list[Json]:
    """Describe what may stand behind the question mark."""
    fields = model.model_json_schema(by_alias=True)["properties"]
    return [_query_parameter(name, field) for name, field in fields.items()]


def path_parameters(path: str, examples: Mapping[str, str] | None = None) -> list[Json]:
    """Describe all parts of a path that stand in braces."""
    given = examples or {}
    return [
        path_parameter(name) | ({"example": given[name]} if name in given else {})
        for name in re.findall(r"{(\w+)}", path)
    ]


def path_parameter(name: str) -> Json:
    """Describe a part of the path."""
    schema = dict(_PARTS.get(name, _OF_A_PACKAGE))
    description = schema.pop("description")
    return {
        "name": name,
        "in": "path",
        "required": True,
        "schema": schema,
        "description": description,
    }


def _query_parameter(name: str, field: Json) -> Json:
    schema = {key: value for key, value in field.items() if key not in ("title", "description")}
    about = {key: field[key] for key in ("description",) if key in field}
    return {"name": name, "in": "query", "schema": schema, **about}
