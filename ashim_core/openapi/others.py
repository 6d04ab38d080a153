"""Operations that answer with files, or with what no model describes."""

from collections.abc import Sequence

from ashim_core.openapi.words import READ_ERRORS, Json, errors, path_parameter, ref


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
