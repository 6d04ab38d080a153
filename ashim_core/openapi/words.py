"""The small pieces that the document is made of."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ashim_core.config import Config

Json = dict[str, Any]

JSON, FORM = "application/json", "multipart/form-data"
ANY_TYPE = "application/octet-stream"
"""What generators of clients know where the type that is sent is that of the file."""
BYTES: Json = {"type": "string", "format": "binary"}
ERRORS = {
    "400": "The request or a setting is wrong; `details` names the field.",
    "401": "Nobody is signed in, or the token is unknown or has expired.",
    "403": "Switched off, or not permitted.",
    "404": "There is no such thing.",
    "409": "Something of this name, or under this key, is there already.",
    "413": "The request, the file, or the picture in it, is too large.",
    "415": "The body has another media type than this takes.",
    "416": "There are no such bytes in the file.",
    "422": "The picture can't be decoded or processed.",
    "429": "Too many requests; try again after `Retry-After` seconds.",
    "500": "The tool failed.",
    "501": "The tool is installed but can't run here.",
    "503": "The queue is full, or something that this needs is busy or away; try again after "
    "`Retry-After` seconds.",
    "504": "Processing took longer than the server allows.",
    "507": "The server's storage is full.",
}
"""What the refusals of the API mean. Those of the front aren't among them: 408, 414, 417, 431."""
ANY_ERRORS = ("400", "429", "503")
"""What every request may be answered with; 400 when its Host header names no host."""
READ_ERRORS = ("401", "403", "404", *ANY_ERRORS)
RUN_ERRORS = tuple(status for status in ERRORS if status not in ("415", "416"))
"""What running a tool may be answered with."""
RUN_RESULT: Json = {
    "X-Job-Id": {"schema": {"type": "string"}},
    "X-Original-Size": {"schema": {"type": "integer", "minimum": 0}},
    "X-Processed-Size": {"schema": {"type": "integer", "minimum": 0}},
    "X-Output-Filename": {
        "schema": {"type": "string"},
        "description": "The name of the one file that was made, with `%` escapes.",
    },
    "X-Saved-File-Id": {
        "schema": {"type": "string"},
        "description": "The new version in the library, if `fileId` was sent.",
    },
    "X-Ashim-Notes": {
        "schema": {"type": "string"},
        "description": "A JSON array of what was lost or ignored, if anything was.",
    },
    "X-Ashim-Facts": {
        "schema": {"type": "string"},
        "description": "A JSON object of what the tool tells of the result, if it does: how many "
        "faces it has found, say.",
    },
}
"""Headers of a result."""


@dataclass(frozen=True)
class Terms:
    """What the configuration of a server says about its API.

    prefix: the path that it is served below.
    signing_in: people have to.
    most_files: of a batch, and of an upload.
    """

    prefix: str = ""
    signing_in: bool = True
    most_files: int = Config.model_fields["max_batch_size"].default


def errors(statuses: Iterable[str]) -> Json:
    """Refer to the answers of refusals, in their order."""
    return {
        status: {"$ref": f"#/components/responses/Error{status}"}
        for status in sorted(set(statuses))
    }


def accepted() -> Json:
    """Describe the answer to who doesn't wait."""
    return {
        "202": {
            "description": "It is being worked on.",
            "headers": {
                "Location": {"schema": {"type": "string"}, "description": "Where its state is."}
            },
            "content": {JSON: {"schema": ref("Accepted")}},
        }
    }


def ref(name: str) -> Json:
    """Refer to a schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def object_of(required: list[str], **properties: Json) -> Json:
    """Describe an object."""
    return {"type": "object", "required": required, "properties": properties}
