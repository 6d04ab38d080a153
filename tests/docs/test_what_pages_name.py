"""What the pages name exists: variables, commands with their options, routes, permissions."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from flask import Flask
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect

from ashim_core import errors, plugin
from ashim_core.cli.main import main
from ashim_core.config import Config
from ashim_core.configured import secret_files, variables
from ashim_core.policy import BUILTIN_ROLES, PERMISSIONS
from ashim_core.testing import ToolClient
from ashim_core.testing.client import make_client

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("docs/**/*.md"), *ROOT.glob("*.md")])

VARIABLES = {*variables(Config), *secret_files(Config)}
SHELL = {"ASHIM_KEY", "ASHIM_SERVER", "CC", "CFLAGS", "PYTHON"}
"""Variables of shells and compilers that pages speak of."""
NO_VARIABLES = {
    *("AF_INET", "AF_INET6", "AF_UNIX"),  # systemd
    *("RLIMIT_AS", "RLIMIT_DATA"),  # the kernel
    *plugin.__all__,
    *("METHOD_NOT_ALLOWED", "NO_FACE_FOUND", "RANGE_NOT_SATISFIABLE", "UNSUPPORTED_MEDIA_TYPE"),
}

OF_EXAMPLES = {"ASHIM_MIRROR_FOLDER", "/api/mirror", "/api/hello", "/api/"}
"""What packages would have that pages make up, to show how one is written."""

_CAPITALS = re.compile(r"(?<![\w$./-])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?![\w*])")
_ASSIGNED = re.compile(r"(?<![\w$./-])([A-Z][A-Z0-9_]*)=")
_CONSTANT = re.compile(r"^([A-Z][A-Z0-9_]*) = ", re.MULTILINE)
_CODE = re.compile(r'\bcode="([A-Z0-9_]+)"')
_FENCED = re.compile(r"^```\w*\n(.*?)^```", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_COMMAND = re.compile(
    r"(?:^|\$\(|\./run |/bin/|exec ashim |--rm )(?:[A-Z_]+=\S+ )*ashim ([a-z][a-z-]*.*)",
    re.MULTILINE,
)
_ROUTE = re.compile(r"(?:\b(GET|POST|PUT|DELETE)\s+)?(?<![\w.])(/api/[\w/{}<>.-]*)")
_METHODS = ("GET", "POST", "PUT", "DELETE")

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ToolClient]:
    """Every installed tool, once for all pages: they are only read."""
    with closing(make_client(tmp_path_factory.mktemp("pages"))) as client:
        yield client


def code_in(text: str) -> Iterator[str]:
    """Give the code blocks and the inline code of a page."""
    yield from _FENCED.findall(text)
    yield from _INLINE.findall(_FENCED.sub("", text))


def error_codes() -> set[str]:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    return {kind.code for kind in kinds if issubclass(kind, errors.AshimError)}


def build_arguments() -> set[str]:
    return set(re.findall(r"^ARG (\w+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE))


def own_names(text: str) -> set[str]:
    """Give the constants and the error codes that the Python code of a page makes up."""
    return {*_CONSTANT.findall(text), *_CODE.findall(text)}


@each_page
def test_every_variable_that_a_page_names_is_read_by_something(page: Path) -> None:
    text = page.read_text()
    named = {*_CAPITALS.findall(text)}
    for code in code_in(text):
        named |= {*_ASSIGNED.findall(code)}
    known = VARIABLES | SHELL | NO_VARIABLES | error_codes() | build_arguments() | own_names(text)
    known |= OF_EXAMPLES
    assert named <= known, f"nothing reads {sorted(named - known)}"


def test_every_variable_has_its_row_in_the_reference() -> None:
    text = (ROOT / "docs/reference/configuration.md").read_text()
    for name in VARIABLES:
        assert f"`{name}`" in text


@each_page
def test_every_command_that_a_page_names_exists_with_its_options(page: Path) -> None:
    for code in code_in(page.read_text()):
        for words in _COMMAND.findall(code):
            check_command(words.partition("#")[0])


def check_command(text: str) -> None:
    """Hold the words after `ashim` against the command line's own."""
    words = re.findall(r"[\w.-]+", re.split(r"[;|)&]", text)[0])
    command: click.Command = main
    context = click.Context(command)
    # What follows `ashim run` are the tools that are installed, with their settings.
    while isinstance(command, click.Group) and command.name != "run":
        if not words or words[0].startswith("-"):
            break
        found = command.get_command(context, words[0])
        assert found is not None, f"there is no 'ashim {text}'"
        command, words = found, words[1:]
    options = {name for item in command.params for name in item.opts}
    named = {word for word in words if word.startswith("--")}
    assert command.name == "run" or named <= options | {"--help"}, f"ashim {text}"


def test_a_command_that_is_not_there_is_found_out() -> None:
    with pytest.raises(AssertionError, match="there is no 'ashim user promote maria'"):
        check_command("user promote maria")
    with pytest.raises(AssertionError, match="ashim user add maria --colour"):
        check_command("user add maria --colour")


@each_page
def test_every_route_that_a_page_names_is_served(page: Path, everything: ToolClient) -> None:
    app = everything.http.application
    for method, path in _ROUTE.findall(page.read_text()):
        if path in OF_EXAMPLES:
            continue
        methods = (method,) if method else _METHODS
        assert any(is_served(app, item, path) for item in methods), f"{method} {path}"


def is_served(app: Flask, method: str, path: str) -> bool:
    """Say whether a route takes a path; what stands in braces may be anything."""
    concrete = re.sub(r"{\w+}|<\w+>", "x", path.rstrip(".-"))
    try:
        app.url_map.bind("localhost").match(concrete, method)
    except (NotFound, MethodNotAllowed):
        return False
    except RequestRedirect:
        return True
    return True


def test_a_route_that_is_not_there_is_found_out(everything: ToolClient) -> None:
    app = everything.http.application
    assert is_served(app, "PUT", "/api/v1/settings/{key}")
    assert not is_served(app, "DELETE", "/api/v1/settings/{key}")
    assert not is_served(app, "GET", "/api/v1/nothing")


def test_the_reference_of_the_api_has_every_route(everything: ToolClient) -> None:
    text = (ROOT / "docs/reference/api.md").read_text()
    document: Any = everything.http.get("/api/v1/openapi.json").json
    runs = {f"/api/v1/tools/{tool.id}" for tool in everything.registry.with_actions()}
    for path, operations in document["paths"].items():
        for method in operations:
            assert path in runs or f"### {method.upper()} {path}\n" in text


def test_the_table_of_roles_is_that_of_the_policy() -> None:
    text = (ROOT / "docs/how-to/deploy.md").read_text()
    held: set[str] = set()
    for role in ("user", "editor", "admin"):
        row = re.search(rf"^\| `{role}` \| (.*) \|$", text, re.MULTILINE)
        assert row is not None
        held |= set(re.findall(r"`([a-z]+:[a-z]+)`", row[1]))
        assert held == BUILTIN_ROLES[role]
    assert held == PERMISSIONS


def test_the_container_gets_its_first_password_from_a_secret_that_exists() -> None:
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())
    service = compose["services"]["ashim"]
    assert service["environment"].keys() <= VARIABLES
    (secret,) = service["secrets"]
    assert service["environment"]["DEFAULT_PASSWORD_FILE"] == f"/run/secrets/{secret}"
    file = compose["secrets"][secret]["file"].removeprefix("./")
    assert f"> {file}\n" in (ROOT / "docs/how-to/docker.md").read_text()
    assert service["build"]["args"].keys() <= build_arguments()
    assert service["read_only"] is True


def test_llms_full_names_every_route_with_its_keys(everything: ToolClient) -> None:
    text = everything.http.get("/llms-full.txt").text
    document: Any = everything.http.get("/api/v1/openapi.json").json
    runs = {f"/api/v1/tools/{tool.id}" for tool in everything.registry.with_actions()}
    for path, operations in document["paths"].items():
        for method in operations:
            assert path in runs or f"`{method.upper()} {path}`" in text
    assert "- `POST /api/auth/login` `{username, password, cookie?}`: " in text
    assert "- `PUT /api/auth/users/{userId}` `{role?, team?}`: " in text
    assert "- `POST /api/v1/branding/logo` `form of file`: " in text
    assert "- `POST /api/v1/files/save-result` `form of file, parentId, toolId?`: " in text
    assert "Authorization: Bearer <token>" in everything.http.get("/llms.txt").text
