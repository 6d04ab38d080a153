"""The OpenAPI document is valid, complete, and good enough to generate a working client from."""

import importlib
import json
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import pyvips
from openapi_spec_validator import OpenAPIV31SpecValidator

from ashim_core.openapi.shapes import JsonAnswer
from ashim_core.testing import MakeClient, ToolClient, sample
from ashim_core.web.endpoint import file_view
from ashim_core.web.permissions import requires
from ashim_core.web.routes import api_routes, wire_path
from tests.data import plain
from tests.web.live import get_json, live_server


@pytest.fixture
def document(everything: ToolClient) -> Any:
    return everything.http.get("/api/v1/openapi.json").json


def test_it_is_valid(document: Any) -> None:
    OpenAPIV31SpecValidator(document).validate()


def test_every_tool_has_an_operation_with_its_own_schema(
    document: Any, everything: ToolClient
) -> None:
    for tool in everything.registry:
        operation = document["paths"][f"/api/v1/tools/{tool.id}"]["post"]
        form = operation["requestBody"]["content"]["multipart/form-data"]
        reference = form["schema"]["properties"]["settings"]["$ref"]
        schema = document["components"]["schemas"][reference.rpartition("/")[2]]
        assert schema["properties"].keys() == {
            field.alias for field in tool.settings.model_fields.values()
        }
        assert schema["additionalProperties"] is False
        assert operation["summary"] == tool.summary
        assert {"400", "413", "422", "504"} <= operation["responses"].keys()


def test_operation_ids_are_stable_and_unique(document: Any) -> None:
    ids = [
        operation["operationId"]
        for path in document["paths"].values()
        for operation in path.values()
    ]
    assert len(ids) == len(set(ids))
    assert {"runResize", "listTools", "getTool", "downloadResult"} <= set(ids)


def test_every_documented_path_is_served(document: Any, everything: ToolClient) -> None:
    """And the other way round: every route of the API is documented."""
    served = {
        f"{method} {wire_path(rule)}"
        for rule in everything.http.application.url_map.iter_rules()
        for method in {"GET", "POST", "PUT", "DELETE"} & (rule.methods or set())
        if str(rule).startswith("/api/") and not str(rule).startswith("/api/docs")
    }
    documented = {
        f"{method.upper()} {path}" for path, item in document["paths"].items() for method in item
    }
    tools = {f"POST /api/v1/tools/{tool.id}" for tool in everything.registry.with_actions()}
    own_text = {"GET /api/v1/openapi.json", "GET /api/v1/openapi.yaml"}
    assert tools <= documented
    runs = {"POST /api/v1/tools/{toolId}", "POST /api/v1/tools/{toolId}/{action}"}
    assert documented - tools | runs == served - own_text


def test_every_operation_says_what_it_is_for(document: Any) -> None:
    """In a sentence, that of its view or of its tool."""
    tags = {tag["name"] for tag in document["tags"]}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            assert operation["summary"].endswith((".", "?")), f"{method} {path}"
            assert set(operation["tags"]) <= tags, f"{method} {path}"


def test_a_route_that_says_nothing_is_not_documented(ashim: MakeClient) -> None:
    """So that it is missed where what is served is held against what is documented."""
    app = ashim(plain).http.application
    before = api_routes(app)
    app.add_url_rule("/api/v1/new", "new", requires("public:read")(lambda: ""))
    assert api_routes(app) == before
    app.view_functions["new"] = file_view(JsonAnswer("Health"), tag="system")(
        app.view_functions["new"]
    )
    (route,) = [route for route in api_routes(app) if route not in before]
    assert (route.method, route.path, route.tag) == ("get", "/api/v1/new", "system")


def test_what_needs_no_token_says_so(ashim: MakeClient) -> None:
    document: Any = ashim(plain, auth_enabled=True).http.get("/api/v1/openapi.json").json
    assert document["security"] == [{"bearer": []}]
    open_to_all = {
        operation["operationId"]
        for item in document["paths"].values()
        for operation in item.values()
        if operation.get("security") == []
    }
    assert open_to_all == {"getHealth", "authConfig", "login", "getLogo", "getLogoAlias"}
    download = document["paths"]["/api/v1/download/{jobId}/{name}"]["get"]
    assert {} in download["security"]


def test_bodies_and_answers_are_the_models_themselves(document: Any) -> None:
    register = document["paths"]["/api/auth/register"]["post"]
    body = register["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    schema = document["components"]["schemas"][body.rpartition("/")[2]]
    assert schema["required"] == ["username", "password"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["username"]["maxLength"] == 50
    assert "201" in register["responses"]
    assert {"400", "403", "409", "413", "415", "429"} <= register["responses"].keys()


def test_a_generated_client_runs_resize(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with live_server(tmp_path / "data") as server:
        document = tmp_path / "openapi.json"
        document.write_text(json.dumps(get_json(f"{server.address}/api/v1/openapi.json")))
        subprocess.run(
            [
                *(sys.executable, "-m", "openapi_python_client", "generate"),
                *("--path", document, "--meta", "none", "--output-path", tmp_path / "ashim_api"),
            ],
            check=True,
            capture_output=True,
        )
        monkeypatch.syspath_prepend(str(tmp_path))
        assert _resize(server.address) == (20, 13)


def _resize(address: str) -> tuple[int, int]:
    """Do what a user of the generated client would write."""
    client_class = importlib.import_module("ashim_api").Client
    run_resize = importlib.import_module("ashim_api.api.tools.run_resize")
    models = importlib.import_module("ashim_api.models")
    types = importlib.import_module("ashim_api.types")
    body = models.RunResizeBody(
        file=types.File(payload=BytesIO(sample("rgb")), file_name="a.png"),
        settings=models.ResizeSettings(width=20),
    )
    with client_class(base_url=address) as client:
        response = run_resize.sync_detailed(client=client, body=body)
    assert response.status_code == 200, response.content
    image = pyvips.Image.new_from_buffer(response.content, "")
    return image.width, image.height
