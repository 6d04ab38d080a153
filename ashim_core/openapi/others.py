"""Operations that answer with files, or with what no model describes."""

from ashim_core.openapi.parameters import (
    IF_NONE_MATCH,
    LAST_EVENT_ID,
    RANGE,
    RUN_PARAMETERS,
    path_parameter,
)
from ashim_core.openapi.words import (
    ANY_ERRORS,
    BYTES,
    JSON,
    READ_ERRORS,
    RUN_ERRORS,
    Json,
    errors,
    ref,
)

_ANY = "application/octet-stream"
"""What generators of clients know; the type that is sent is that of the file."""
_NOT_MODIFIED: Json = {"304": {"description": "It is the same still."}}
_UNDECODED = ("422", "500", "501", "504", "507")
"""How it may be said that a picture which is kept already can't be made smaller."""


def run(operation_id: str, summary: str, tag: str, form: Json, answers: Json) -> Json:
    """Describe how something is run. form, answers: what it takes and gives."""
    return {
        "operationId": operation_id,
        "tags": [tag],
        "summary": summary,
        "parameters": [*RUN_PARAMETERS],
        "requestBody": {"required": True, "content": form},
        "responses": answers | errors(RUN_ERRORS),
    }


def read(
    operation_id: str, summary: str, schema: str, tag: str, *parts: str, public: bool = False
) -> Json:
    """Describe a GET whose answer has one of the fixed schemas. parts: of its path."""
    operation: Json = {
        "operationId": operation_id,
        "tags": [tag],
        "summary": summary,
        "responses": {
            "200": {"description": "Success.", "content": {JSON: {"schema": ref(schema)}}}
        }
        | errors(ANY_ERRORS if public else READ_ERRORS),
    }
    if public:
        operation["security"] = []
    if parts:
        operation["parameters"] = [path_parameter(name) for name in parts]
    return {"get": operation}


def with_tag(operations: Json) -> Json:
    """Add to a GET that its answer has an `ETag`, and needn't come again."""
    operation = operations["get"]
    operation["parameters"] = [*operation.get("parameters", ()), IF_NONE_MATCH]
    operation["responses"] |= _NOT_MODIFIED
    return operations


def logo(operation_id: str) -> Json:
    """Describe how the logo is fetched."""
    operation = _file(
        operation_id, "Get the logo", "branding", "A PNG of 128 x 128 pixels.", "image/png"
    )
    operation["security"] = []
    operation["responses"] |= errors(("404", "416", *ANY_ERRORS))
    return {"get": operation}


def download() -> Json:
    """Describe how a result is fetched."""
    operation = _file("downloadResult", "Download a result", "results", "The file.", _ANY, "*/*")
    operation["description"] = (
        "Use the `downloadUrl` of a result as it is: it carries a signature and is valid until "
        "the result expires."
    )
    signature: Json = {"name": "signature", "in": "query", "schema": {"type": "string"}}
    parts = [path_parameter("jobId"), path_parameter("name")]
    operation["parameters"] = [*parts, signature, *operation["parameters"]]
    operation["security"] = [{}, {"bearer": []}]
    operation["responses"] |= errors((*READ_ERRORS, "416"))
    return {"get": operation}


def file_download() -> Json:
    """Describe how a version in the library is fetched."""
    operation = _file(
        "downloadFile", "Download a version", "library", "The bytes.", _ANY, "image/*"
    )
    operation["parameters"].insert(0, path_parameter("fileId"))
    operation["responses"] |= errors((*READ_ERRORS, "416"))
    return {"get": operation}


def thumbnail() -> Json:
    """Describe how a small picture of a version is fetched."""
    operation = _file(
        "getThumbnail",
        "Get a JPEG of 300 pixels in width",
        "library",
        "The small picture.",
        "image/jpeg",
    )
    operation["description"] = (
        "It is made when somebody first asks for it. 422 `NO_THUMBNAIL` says that none can be "
        "made: the file is no picture, is damaged, or is in a format that nothing reads any more."
    )
    operation["parameters"].insert(0, path_parameter("fileId"))
    operation["responses"] |= errors((*READ_ERRORS, "416", *_UNDECODED))
    return {"get": operation}


def progress() -> Json:
    """Describe how a job is followed."""
    return {
        "get": {
            "operationId": "followJob",
            "tags": ["jobs"],
            "summary": "Follow a job",
            "description": "Server-sent events, each with the keys jobId, status, progress, "
            "message, completedFiles, failedFiles and totalFiles; the last one has the result for "
            "the owner, or an error and its code. Whoever knows the id may follow.",
            "security": [{}, {"bearer": []}],
            "parameters": [path_parameter("jobId"), LAST_EVENT_ID],
            "responses": {
                "200": {
                    "description": "A stream that ends with the job.",
                    "content": {"text/event-stream": {"schema": {"type": "string"}}},
                }
            }
            | errors(("404", *ANY_ERRORS)),
        }
    }


def _file(operation_id: str, summary: str, tag: str, what: str, *media_types: str) -> Json:
    """Describe a GET of bytes, or of a part of them; its refusals are to be added."""
    content: Json = {kind: {"schema": BYTES} for kind in media_types}
    return {
        "operationId": operation_id,
        "tags": [tag],
        "summary": summary,
        "parameters": [RANGE, IF_NONE_MATCH],
        "responses": {
            "200": {"description": what, "content": content},
            "206": {"description": "The part that was asked for.", "content": content},
            **_NOT_MODIFIED,
        },
    }
