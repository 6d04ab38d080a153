"""Operations that answer with files, or with what no model describes."""

from collections.abc import Sequence

from ashim_core.openapi.words import (
    READ_ERRORS,
    RUN_ERRORS,
    RUN_PARAMETERS,
    Json,
    accepted,
    errors,
    path_parameter,
    ref,
)

KEEP_FIELD: Json = {
    "fileId": {
        "type": "string",
        "description": "A file in the library: the result is kept as a new version of it. Without "
        "an upload it is also what is worked on.",
    }
}
STRICT_FIELD: Json = {
    "strict": {
        "type": "boolean",
        "description": "Answer 422 `WOULD_LOSE` rather than lose anything of a picture: frames, "
        "metadata, colours outside of sRGB, depth, transparency.",
    }
}
_ZIP_FIELDS: Json = {
    "manifest": {
        "type": "boolean",
        "description": "The ZIP has a `manifest.json` even if no file failed.",
    },
    "stream": {
        "type": "boolean",
        "description": "The ZIP is sent while the files are being worked on. It ends with a "
        "`manifest.json`, since the head of the answer can't say what became of them.",
    },
}


def logo(operation_id: str) -> Json:
    """Describe how the logo is fetched."""
    return {
        "get": {
            "operationId": operation_id,
            "tags": ["branding"],
            "summary": "Get the logo",
            "security": [],
            "responses": {
                "200": {
                    "description": "A PNG of 128 x 128 pixels.",
                    "content": {"image/png": {"schema": {"type": "string", "format": "binary"}}},
                }
            }
            | errors(("404", "429")),
        }
    }


def read(
    operation_id: str,
    summary: str,
    schema: str,
    tag: str,
    parameters: Sequence[str] = (),
    *,
    public: bool = False,
) -> Json:
    """Describe a GET whose answer has one of the fixed schemas."""
    operation: Json = {
        "operationId": operation_id,
        "tags": [tag],
        "summary": summary,
        "responses": {
            "200": {
                "description": "Success.",
                "content": {"application/json": {"schema": ref(schema)}},
            }
        }
        | errors(("429",) if public else READ_ERRORS),
    }
    if public:
        operation["security"] = []
    if parameters:
        operation["parameters"] = [path_parameter(name) for name in parameters]
    return {"get": operation}


def download() -> Json:
    """Describe how a result is fetched."""
    return {
        "get": {
            "operationId": "downloadResult",
            "tags": ["results"],
            "summary": "Download a result",
            "description": "Range requests work. Use the `downloadUrl` of a result as it is: it "
            "carries a signature and is valid until the result expires.",
            "parameters": [
                path_parameter("jobId"),
                path_parameter("name"),
                {"name": "signature", "in": "query", "schema": {"type": "string"}},
            ],
            "security": [{}, {"bearer": []}],
            "responses": {
                "200": {
                    "description": "The file.",
                    "content": {
                        "application/octet-stream": {
                            "schema": {"type": "string", "format": "binary"}
                        }
                    },
                }
            }
            | errors(READ_ERRORS),
        }
    }


def file_bytes(
    operation_id: str, summary: str, media_type: str, more_errors: Sequence[str] = ()
) -> Json:
    """Describe how the bytes of a file in the library are fetched."""
    return {
        "get": {
            "operationId": operation_id,
            "tags": ["library"],
            "summary": summary,
            "parameters": [path_parameter("fileId")],
            "responses": {
                "200": {
                    "description": "The bytes.",
                    "content": {media_type: {"schema": {"type": "string", "format": "binary"}}},
                }
            }
            | errors((*READ_ERRORS, *more_errors, "503")),
        }
    }


def batch(operation_id: str, text_field: str, parameters: Sequence[str] = ()) -> Json:
    """Describe a run over many files that is answered with a ZIP. text_field: what says how."""
    operation = _run_of(operation_id, "Run on each of many files", "tools", many=True)
    properties = operation["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"]
    properties[text_field] = {"type": "string", "description": "JSON, for all files."}
    operation["description"] = (
        "A second picture that the tool needs, such as a `watermark`, is sent once, in the field "
        "of its name."
    )
    operation["parameters"] += [path_parameter(name) for name in parameters]
    return operation


def pipeline(operation_id: str, *, many: bool) -> Json:
    """Describe the run of a pipeline, over one file or many."""
    summary = "Run a pipeline on each of many files" if many else "Run a pipeline on one file"
    operation = _run_of(operation_id, summary, "pipeline-runs", many=many)
    properties = operation["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"]
    properties["pipeline"] = {
        "type": "string",
        "description": 'JSON: `[{"toolId": "resize", "settings": {"width": 800}}]`.',
    }
    properties["pipelineId"] = {"type": "string", "description": "A saved one in its place."}
    return operation


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
            "parameters": [path_parameter("jobId")],
            "responses": {
                "200": {
                    "description": "A stream that ends with the job.",
                    "content": {"text/event-stream": {"schema": {"type": "string"}}},
                }
            }
            | errors(("404", "429")),
        }
    }


def _run_of(operation_id: str, summary: str, tag: str, *, many: bool) -> Json:
    file: Json = {"type": "string", "format": "binary"}
    name = "files" if many else "file"
    schema: Json = {
        "type": "object",
        "properties": {name: {"type": "array", "items": file} if many else file}
        | KEEP_FIELD
        | STRICT_FIELD
        | (_ZIP_FIELDS if many else {}),
        "required": [name],
    }
    return {
        "operationId": operation_id,
        "tags": [tag],
        "summary": summary,
        "parameters": [*RUN_PARAMETERS],
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}},
        "responses": {
            "200": {
                "description": "The file, a ZIP of several, or JSON that links to them.",
                "headers": {"X-Job-Id": {"schema": {"type": "string"}}},
                "content": {
                    "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
                    "application/json": {"schema": ref("Result")},
                },
            },
        }
        | accepted()
        | errors(RUN_ERRORS),
    }
