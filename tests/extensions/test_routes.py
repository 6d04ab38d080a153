"""Routes of packages: beside those of others, guarded, and never in the way of the API."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from openapi_spec_validator import validate

import ashim_core
from ashim_core.testing import ToolClient
from ashim_core.web.mounting import _places
from ashim_core.web.permissions import permission_of
from tests.extensions.conftest import Extended, fate

Write = Callable[[str, str], None]

HEAD = """
from flask import Blueprint
from ashim_core.extension import Ok, hookimpl, json_view, requires, send_output

def blueprint(name, path, *, guarded=True, **options):
    made = Blueprint(name, __name__)

    def view(**parts):
        return "{name}"

    if guarded:
        view = requires("public:read")(view)
    made.add_url_rule(path, "view", view, **options)
    return made

@hookimpl
def ashim_blueprints(server):
"""


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Install a package: `write("toy-one", "yield blueprint('one', '/one')")`."""
    site = tmp_path / "site"

    def make(name: str, body: str) -> None:
        module = name.replace("-", "_")
        folder = site / name
        info = folder / f"{module}-1.0.dist-info"
        info.mkdir(parents=True)
        lines = "".join(f"    {line}\n" for line in dedent(body).strip().splitlines())
        (folder / f"{module}.py").write_text(HEAD.replace("{name}", name) + lines)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[ashim.server]\n{name} = {module}\n")
        monkeypatch.syspath_prepend(str(folder))

    return make


def text(client: ToolClient, path: str) -> str:
    return client.http.get(path).text


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("/one", "/one"),
        ("/one/<a>", "/one/<int:b>"),
        ("/", "/"),
        ("/<path:a>", "/<path:b>"),
    ],
)
def test_a_rule_that_two_claim_is_the_first_ones(
    extended: Extended, write: Write, first: str, second: str
) -> None:
    write("toy-a", f"yield blueprint('a', '{first}')")
    write("toy-b", f"yield blueprint('b', '{second}')")
    client = extended("toy-a", "toy-b")
    assert fate(client, "toy-a").status == "loaded"
    refused = fate(client, "toy-b")
    assert refused.status == "failed"
    assert "toy-a 1.0" in (refused.reason or "")
    assert "toy-b 1.0" in (refused.reason or "")
    assert text(client, first.replace("<a>", "1").replace("<path:a>", "x")) == "toy-a"


def test_other_methods_of_a_path_are_other_routes(extended: Extended, write: Write) -> None:
    write("toy-a", "yield blueprint('a', '/one', methods=['GET'])")
    write("toy-b", "yield blueprint('b', '/one', methods=['POST'])")
    client = extended("toy-a", "toy-b")
    assert (text(client, "/one"), client.http.post("/one").text) == ("toy-a", "toy-b")


@pytest.mark.parametrize("path", ["/healthz", "/api/v1/health", "/api/v1/tools/<x>", "/api/docs"])
def test_nobody_takes_a_route_from_the_core(extended: Extended, write: Write, path: str) -> None:
    write("toy-a", f"yield blueprint('a', '{path}')")
    client = extended("toy-a")
    assert f"by ashim-core {ashim_core.__version__} and by toy-a 1.0" in (
        fate(client, "toy-a").reason or ""
    )
    assert text(client, "/healthz").startswith("{")


def test_a_page_and_a_route_of_the_same_path(extended: Extended, write: Write) -> None:
    write("toy-a", "yield blueprint('a', '/help')")
    client = extended("toy-a", "toy-pages")
    assert "GET /help is answered twice" in (fate(client, "toy-pages").reason or "")
    assert text(client, "/help") == "toy-a"


def test_the_root_is_a_packages_if_it_wants_it(extended: Extended, write: Write) -> None:
    write("toy-a", "yield blueprint('a', '/')")
    assert text(extended("toy-a"), "/") == "toy-a"


@pytest.mark.parametrize("path", ["/<path:all>", "/<one>", "/<one>/<two>", "/<one>/v1/<two>"])
def test_whatever_it_would_match_the_api_answers_for_itself(
    extended: Extended, write: Write, path: str
) -> None:
    write("toy-a", f"yield blueprint('a', '{path}', methods=['GET', 'POST'])")
    client = extended("toy-a")
    assert fate(client, "toy-a").status == "loaded"
    for wrong in ("/api", "/api/nothing", "/api/v1/nothing"):
        for method in ("GET", "POST"):
            answer = client.http.open(wrong, method=method)
            assert (answer.status_code, answer.get_json()["code"]) == (404, "NOT_FOUND")
    assert client.http.get("/api/v1/tools").status_code == 200


def test_its_own_paths_below_the_api_are_its_own(extended: Extended, write: Write) -> None:
    write("toy-a", "yield blueprint('a', '/api/<path:all>')")
    client = extended("toy-a")
    assert text(client, "/api/v1/nothing") == "toy-a"
    assert client.http.get("/api/v1/tools").is_json


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("yield blueprint('a', '/a', guarded=False)", "/a doesn't say who may use it"),
        ("yield Blueprint('a', __name__, static_folder='.', static_url_path='/s')", "who may use"),
        ("yield blueprint('tools', '/a')", "there is a blueprint 'tools' already"),
        ("yield 'a'", "'a', which is no blueprint"),
        ("return 1", "1, which is no blueprint"),
        ("yield blueprint('a', 'no slash')", "can't be registered: ValueError"),
        (
            """
            made = blueprint('a', '/a')
            made.before_app_request(lambda: 'caught')
            yield made
            """,
            "functions for requests that aren't theirs",
        ),
        (
            """
            made = blueprint('a', '/a')
            made.app_errorhandler(404)(lambda error: 'caught')
            yield made
            """,
            "functions for requests that aren't theirs",
        ),
        (
            """
            made = blueprint('a', '/a')
            made.record(lambda state: 1 / 0)
            yield made
            """,
            "can't be registered: ZeroDivisionError",
        ),
    ],
)
def test_what_cannot_be_registered_is_left_out_as_a_whole(
    extended: Extended, write: Write, body: str, reason: str
) -> None:
    write(
        "toy-a",
        f"yield blueprint('fine', '/fine')\n{dedent(body).strip()}"
        if "return" not in body
        else body,
    )
    client = extended("toy-a", "toy-api")
    assert fate(client, "toy-a").status == "failed"
    assert reason in (fate(client, "toy-a").reason or "")
    assert client.http.get("/fine").status_code == 404
    assert client.http.get("/nothing").get_json()["code"] == "NOT_FOUND"
    assert fate(client, "toy-api").status == "loaded"


def test_one_that_fails_while_it_answers_is_an_error_like_any_other(
    extended: Extended, write: Write, caplog: pytest.LogCaptureFixture
) -> None:
    write(
        "toy-a",
        """
        made = Blueprint('a', __name__)
        @made.get('/a')
        @requires('public:read')
        def broken():
            raise ZeroDivisionError('by it')
        yield made
        """,
    )
    client = extended("toy-a")
    client.http.application.config["PROPAGATE_EXCEPTIONS"] = False
    answer = client.http.get("/a")
    assert (answer.status_code, answer.get_json()["statusCode"]) == (500, 500)
    assert "by it" not in answer.text
    assert "ZeroDivisionError: by it" in caplog.text


def test_models_that_are_called_like_those_of_the_core_are_others(
    extended: Extended, write: Write
) -> None:
    write(
        "toy-a",
        """
        from ashim_core.extension import Record

        class JobList(Record):
            mine: int

        class Tool(Record):
            jobs: list[JobList]

        made = Blueprint('toy-a', __name__)

        @made.get('/api/toy')
        @requires('public:read')
        @json_view()
        def listed() -> Tool:
            return Tool(jobs=[])
        yield made
        """,
    )
    client = extended("toy-a")
    document: Any = client.http.get("/api/v1/openapi.json").get_json()
    validate(document)
    schemas = document["components"]["schemas"]
    assert schemas["ToyATool"]["properties"]["jobs"]["items"] == {
        "$ref": "#/components/schemas/ToyAJobList"
    }
    assert "mine" not in schemas["JobList"]["properties"]
    assert "aliases" in schemas["Tool"]["properties"]
    (content,) = document["paths"]["/api/toy"]["get"]["responses"]["200"]["content"].values()
    assert content["schema"] == {"$ref": "#/components/schemas/ToyATool"}


def test_those_of_the_core_are_all_different_and_guarded(extended: Extended) -> None:
    app = extended().http.application
    places = [place for rule in app.url_map.iter_rules() for place in _places(rule)]
    assert len(places) == len(set(places))
    for rule in app.url_map.iter_rules():
        assert permission_of(app.view_functions[rule.endpoint]), rule
