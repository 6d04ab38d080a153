"""The small pieces that the document is made of."""

from collections.abc import Iterable
from typing import Any

Json = dict[str, Any]

ERRORS = {
    "400": "The request or a setting is wrong; `details` names the field.",
    "401": "Nobody is signed in, or the token is unknown or has expired.",
    "403": "Switched off, or not permitted.",
    "404": "There is no such thing.",
    "409": "Something of this name, or under this key, is there already.",
    "413": "The file, or the picture in it, is too large.",
    "422": "The picture can't be decoded or processed.",
    "429": "Too many requests; try again after `Retry-After` seconds.",
    "500": "The tool failed.",
    "501": "The tool is installed but can't run here.",
    "503": "The queue is full; try again after `Retry-After` seconds.",
    "504": "Processing took longer than the server allows.",
    "507": "The server's storage is full.",
}
RUN_ERRORS = tuple(ERRORS)
"""What running a tool may be answered with."""
READ_ERRORS = ("401", "403", "404", "429")
RUN_HEADERS: Json = {
    "Prefer": {
        "name": "Prefer",
        "in": "header",
        "schema": {"type": "string"},
        "description": "`respond-async`: the answer is 202 with the addresses to follow. "
        "`wait=30`: it is that if the job isn't done after so many seconds, at most 60.",
    },
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
        "description": "The same request with the same key gets the same job, however often it is "
        "sent; another request with it gets 409. The result is kept until it expires.",
    },
}
"""What may be sent along when something is run, as components of the document."""
RUN_PARAMETERS = [{"$ref": f"#/components/parameters/{name}"} for name in RUN_HEADERS]


def path_parameter(name: str) -> Json:
    """Describe a part of the path."""
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def errors(statuses: Iterable[str]) -> Json:
    """Refer to the answers of refusals."""
    return {status: {"$ref": f"#/components/responses/Error{status}"} for status in statuses}


def accepted() -> Json:
    """Describe the answer to who doesn't wait."""
    return {
        "202": {
            "description": "It is being worked on.",
            "content": {"application/json": {"schema": ref("Accepted")}},
        }
    }


def ref(name: str) -> Json:
    """Refer to a schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def object_of(required: list[str], **properties: Json) -> Json:
    """Describe an object."""
    return {"type": "object", "required": required, "properties": properties}
