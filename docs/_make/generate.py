"""Writes the reference pages from the code, so that they can't say anything else.

Run it as `./run docs`; a test fails when a page is not what this would write.
"""

import ast
import inspect
import json
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import click
from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from ashim_core import errors, hookspecs
from ashim_core.config import Config, secret_files, variable
from ashim_core.discovery import Sources, discover
from ashim_core.imaging.cost import STEP
from ashim_core.imaging.encode import TRIES
from ashim_core.imaging.formats import Format, Formats
from ashim_core.limits import DEAREST, Limits
from ashim_core.openapi.document import build_openapi
from ashim_core.policy import BUILTIN_ROLES, PERMISSIONS, RULES, Action, Permission, Rule
from ashim_core.preferences import Preferences
from ashim_core.registry import Registry
from ashim_core.testing.client import make_client
from ashim_core.web.permissions import permission_of
from ashim_core.web.routes import api_routes, wire_path
from docs._make.author_api import author_api
from docs._make.markdown import code, page
from docs._make.packages import NAMES
from docs._make.stage import open_stage
from docs._make.tool_pages import index, write_pages

REFERENCE = Path(__file__).parents[1] / "reference"


def configuration() -> str:
    """Describe every environment variable."""
    rows = ["| Variable | Default | Meaning |", "|---|---|---|"]
    for name, field in Config.model_fields.items():
        rows.append(
            f"| `{variable(name, field)}` | {_default(field.default)} | {field.description} |"
        )
    limits = ["| Limit | Default | Meaning |", "|---|---|---|"]
    for name, field in Limits.model_fields.items():
        limits.append(f"| {name} | {_default(field.default)} | {field.description} |")
    return page(
        "Configuration",
        "Every setting of the server is an environment variable. An `ASHIM_*` variable that "
        "nothing reads is a warning at the start. What administrators change while the server runs "
        "is in [settings.md](settings.md).",
        *rows,
        "",
        "## Secrets from files",
        "",
        f"{_listed(secret_files())} name files that hold the value of the variable without "
        "`_FILE`, as containers and systemd hand secrets over. The variable itself comes first.",
        "",
        "## Limits of one task",
        "",
        "All of them are on by default. A request can't raise them.",
        "",
        *limits,
    )


def error_codes() -> str:
    """List every error code with its status."""
    rows = ["| Code | Status | Meaning |", "|---|---|---|"]
    for kind in _errors():
        meaning = inspect.getdoc(kind) if kind.__doc__ else ""
        rows.append(f"| `{kind.code}` | {kind.status} | {_one_line(meaning or '')} |")
    shape = {
        "error": "Invalid settings for resize: expected 'width' for 'widht' …",
        "code": "INVALID_SETTINGS",
        "statusCode": 400,
        "message": "the same sentence",
        "details": [{"field": "widht", "expected": "'width'", "received": "…"}],
        "requestId": "the same as in the header X-Request-Id and in the log",
    }
    return page(
        "Errors",
        "Every error is JSON of one shape:",
        "```json",
        json.dumps(shape, indent=2, ensure_ascii=False),
        "```",
        "",
        "Tools may give codes of their own, with status 422. What the web server refuses by "
        "itself has `METHOD_NOT_ALLOWED` (405), `UNSUPPORTED_MEDIA_TYPE` (415) or "
        "`RANGE_NOT_SATISFIABLE` (416).",
        "",
        *rows,
    )


def hooks() -> str:
    """Describe every hook with its signature and example."""
    sections = []
    for name, function in vars(hookspecs).items():
        if name.startswith("ashim_"):
            sections += [f"## {name}()", "", *_markdown(inspect.getdoc(function) or ""), ""]
    return page("Hooks", "What a plugin can implement with `@hookimpl`.", *sections)


def formats() -> str:
    """List the formats of the core and of the packages in this repository."""
    registry, _ = discover(Sources(packages=NAMES))
    rows = [
        "| Format | Media type | Read | Written | Alpha | Frames | ICC profile | Default quality "
        "| Comes with |",
        "|---|---|---|---|---|---|---|---|---|",
        *(_format(item) for item in registry.formats),
        "",
        "## What becomes of a picture",
        "",
        "Rows are what is written, columns what the picture had. Whatever is lost is named in the "
        "`notes` of the answer and in `X-Ashim-Notes`; with `strict=true` it is refused instead.",
        "",
        "| | wide gamut | CMYK | 16 bits | transparency | animation, pages |",
        "|---|---|---|---|---|---|",
        *(_fate(item) for item in registry.formats if item.encoder),
        "",
        "A wide gamut is kept by tools that only move pixels, such as resize, crop, rotate, "
        "convert and compress; other tools work in sRGB. The EXIF orientation is applied to the "
        "pixels.",
        "",
        *_time(registry.formats),
    ]
    return page("Formats", "What is read and written, with the packages that bring it.", *rows)


def _format(item: Format) -> str:
    quality = item.quality if item.quality is not None else "lossless" if item.encoder else "-"
    cells = (
        item.name,
        item.media_type,
        "yes",
        _tick(item.encoder is not None),
        _tick(item.alpha),
        _tick(item.animated),
        _tick(item.profile),
        quality,
        item.package or "the core",
    )
    return f"| {' | '.join(map(str, cells))} |"


def _time(formats: Formats) -> list[str]:
    """Say how much time a task gets for the pixels of each format."""
    limits = Limits()
    cells = (
        f"| {item.name} | {item.cost.read:g} | {item.cost.write if item.encoder else '-'} |"
        for item in formats
    )
    return [
        "## Time",
        "",
        f"A task has {limits.seconds:g} seconds, and {limits.pixel_time:g} times the CPU seconds "
        f"of its pixels ([`PROCESSING_TIMEOUT_S`, `ASHIM_PIXEL_TIME`](configuration.md)): those "
        f"below for each megapixel of all frames that is read or written, and {STEP:g} for each "
        f"that a tool works on. Written to a size in bytes it counts {TRIES} times. The sum is at "
        f"most {DEAREST:g} for each megapixel that one picture may have, so no task has more than "
        f"{limits.most_seconds:g} seconds by default.",
        "",
        "| | s/MP to read | s/MP to write |",
        "|---|---|---|",
        *cells,
    ]


def _fate(item: Format) -> str:
    """Say what becomes of each kind of picture in one format."""
    cells = (
        item.name,
        "kept, with its profile" if item.profile else "converted to sRGB",
        "converted to sRGB",
        "reduced to 8",
        "kept" if item.alpha else "flattened on white",
        "kept" if item.animated else "the first one",
    )
    return f"| {' | '.join(cells)} |"


def tools() -> str:
    """List the tools that this repository ships."""
    registry, _ = discover(Sources(packages=NAMES))
    return index(registry)


def api() -> str:
    """Describe every route: who may use it, what it takes, what it gives."""
    document, actions = _served()
    tags = {tag["name"]: [f"## {tag['name']}", "", tag["description"]] for tag in document["tags"]}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            route = f"{method.upper()} {path}"
            tags[operation["tags"][0]] += _operation(route, operation, actions[route], document)
    models = [line for name in sorted(_named(document)) for line in _model(name, document)]
    return page(
        "API",
        "Every route with who may use it. A request says who it is from with "
        "`Authorization: Bearer <token>`: the token of `POST /api/auth/login`, or an API key. "
        "[tools.md](tools.md) leads to the settings of each tool, [permissions.md](permissions.md) "
        "has the permissions, [errors.md](errors.md) the codes behind each status. `POST "
        "/api/v1/tools/{toolId}` takes `multipart/form-data`: the file, and its `settings` as "
        "JSON; it answers with the resulting file, or with JSON that links to it "
        "([Result](#result)). A moment is text such as `2030-01-31T12:00:00Z`, a day is "
        "`2030-01-31`.",
        *(line for lines in tags.values() for line in [*lines, ""]),
        "## What requests and answers hold",
        "",
        *models,
    )


def permissions() -> str:
    """Describe every permission, who has it, and what it takes besides."""
    _, actions = _served()
    roles = " | ".join(BUILTIN_ROLES)
    rows = [
        f"| Permission | {roles} | Opens |",
        "|---|" + ":-:|" * len(BUILTIN_ROLES) + "---|",
    ]
    # By how many of the roles have it, so that the table reads as three blocks.
    for permission in sorted(PERMISSIONS, key=lambda item: (-_holders(item), item)):
        has = " | ".join(_mark(permission in held) for held in BUILTIN_ROLES.values())
        opens = "<br>".join(_opened(permission, actions)) or "nothing yet"
        rows.append(f"| `{permission}` | {has} | {opens} |")
    return page(
        "Permissions",
        "A role is a set of permissions. Three roles are built in; others are made with `POST "
        "/api/v1/roles`. An API key has the permissions of its owner's role, or those of its own "
        "scope that the role has, too.",
        *rows,
        "",
        "Routes that need no permission, and who they are open to:",
        "",
        "| Route | Open to |",
        "|---|---|",
        *(
            f"| `{route}` | {_who(RULES[action])} |"
            for route, action in actions.items()
            if not RULES[action].permissions
        ),
    )


def settings() -> str:
    """Describe what administrators change while the server runs."""
    schema = Preferences.model_json_schema(by_alias=True)
    rows = ["| Setting | Values | Default | Meaning |", "|---|---|---|---|"]
    for name, field in schema["properties"].items():
        rows.append(
            f"| `{name}` | {_type(field)} | {code(field['default'])} | {field['description']} |"
        )
    return page(
        "Settings",
        "What administrators change while the server runs, with `PUT /api/v1/settings` or `ashim "
        'settings set`. It acts at once, in every process. Values are read as text (`"true"`, '
        '`"10"`); whoever sets one may send the value itself as well, and null brings the '
        "default back.",
        *rows,
    )


PAGES: dict[str, Callable[[], str]] = {
    "api.md": api,
    "configuration.md": configuration,
    "errors.md": error_codes,
    "formats.md": formats,
    "hooks.md": hooks,
    "permissions.md": permissions,
    "plugin.md": author_api,
    "settings.md": settings,
    "tools.md": tools,
}


@cache
def _served() -> tuple[Mapping[str, Any], Mapping[str, Action]]:
    """Give what a server says of itself without any tool, and what each of its routes needs."""
    with tempfile.TemporaryDirectory() as folder, closing(make_client(Path(folder))) as client:
        app = client.http.application
        needed = {
            f"{method} {wire_path(rule)}": permission_of(app.view_functions[rule.endpoint])
            for rule in app.url_map.iter_rules()
            for method in sorted({"GET", "POST", "PUT", "DELETE"} & (rule.methods or set()))
        }
        actions = {route: item.action for route, item in needed.items() if item is not None}
        return build_openapi(Registry(), api_routes(app)), actions


def _operation(
    route: str, operation: Mapping[str, Any], action: Action, document: Mapping[str, Any]
) -> Iterator[str]:
    yield from ("", f"### {route}", "")
    yield " ".join(filter(None, (_sentence(operation["summary"]), operation.get("description"))))
    yield from ("", f"For {_who(RULES[action])}.", "")
    fields = [*_parameters(operation, document), *_body(operation, document)]
    if fields:
        yield from ("| Takes | Values | Default | Meaning |", "|---|---|---|---|", *fields, "")
    answered = operation["responses"].items()
    good = {status: answer for status, answer in answered if "content" in answer}
    bad = [f"{status}" for status in operation["responses"] if status not in good]
    answers = " or ".join(f"{status} with {_content(answer)}" for status, answer in good.items())
    yield f"Answers {answers}, or with {', '.join(bad)}."


def _parameters(operation: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[str]:
    for given in operation.get("parameters", ()):
        item = _resolved(given, document)
        if item["in"] != "path":
            label = f"?{item['name']}" if item["in"] == "query" else f"{item['name']} (header)"
            field = {**item["schema"], "description": item.get("description", "")}
            yield _row(label, field, required=item.get("required", False))


def _body(operation: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[str]:
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        schema = _resolved(content["schema"], document)
        choices = [
            [item["required"][0] for item in choice["anyOf"]] for choice in schema.get("allOf", ())
        ]
        for name, field in schema["properties"].items():
            label = f"{name} (form)" if kind == "multipart/form-data" else name
            others = [names for names in choices if name in names]
            yield _row(
                label,
                field,
                required=name in schema.get("required", ()),
                instead_of=[other for names in others for other in names if other != name],
            )


def _row(
    name: str, field: Mapping[str, Any], *, required: bool, instead_of: Sequence[str] = ()
) -> str:
    need = "required" if required else code(field.get("default"))
    if instead_of:
        need = "required without " + " or ".join(f"`{other}`" for other in instead_of)
    return f"| `{name}` | {_type(field)} | {need} | {field.get('description', '')} |"


def _content(answer: Mapping[str, Any]) -> str:
    """Say what a successful answer holds."""
    return " or ".join(_held(kind, content) for kind, content in answer["content"].items())


def _held(kind: str, content: Mapping[str, Any]) -> str:
    if "anyOf" in content["schema"]:
        return _type(content["schema"])
    if "$ref" not in content["schema"]:
        return "the file" if kind == "application/octet-stream" else f"`{kind}`"
    name = content["schema"]["$ref"].rpartition("/")[2]
    return f"[{name}](#{name.lower()})"


def _named(document: Mapping[str, Any]) -> set[str]:
    """Name the models that answers and the keys of requests hold, and those inside of these."""
    held = [*_good_answers(document), *_bodies(document)]
    waiting = re.findall(r"#/components/schemas/(\w+)", json.dumps(held))
    found = {"Result"}
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            inner = json.dumps(document["components"]["schemas"][name])
            waiting += re.findall(r"#/components/schemas/(\w+)", inner)
    return found | {"Output"}


def _bodies(document: Mapping[str, Any]) -> list[Any]:
    return [
        _resolved(content["schema"], document)["properties"]
        for operations in document["paths"].values()
        for operation in operations.values()
        for content in operation.get("requestBody", {}).get("content", {}).values()
    ]


def _good_answers(document: Mapping[str, Any]) -> list[Any]:
    return [
        answer
        for operations in document["paths"].values()
        for operation in operations.values()
        for status, answer in operation["responses"].items()
        if "content" in answer
    ]


def _model(name: str, document: Mapping[str, Any]) -> Iterator[str]:
    schema = document["components"]["schemas"][name]
    yield from (f"### {name}", "")
    if "description" in schema:
        yield from (_one_line(schema["description"]), "")
    fields = schema["properties"]
    meaning = any("description" in field for field in fields.values())
    yield from (
        ("| Key | Values |", "|---|---|")
        if not meaning
        else (
            "| Key | Values | Meaning |",
            "|---|---|---|",
        )
    )
    for key, field in fields.items():
        more = f" {field.get('description', '')} |" if meaning else ""
        yield f"| `{key}` | {_type(field)} |{more}"
    yield ""


def _resolved(schema: Mapping[str, Any], document: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in schema:
        return schema
    _, _, kind, name = schema["$ref"].split("/")
    found: Mapping[str, Any] = document["components"][kind][name]
    return found


def _type(field: Mapping[str, Any]) -> str:
    """Say in a few words which JSON a schema allows."""
    if "anyOf" in field:
        return " or ".join(_type(item) for item in field["anyOf"])
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "enum" in field:
        many = len(field["enum"]) == len(PERMISSIONS)
        return "a permission" if many else ", ".join(f"`{item}`" for item in field["enum"])
    kinds = field.get("type", "anything")
    if kinds == "array":
        return f"list: {_type(field.get('items', {}))}"
    name = " or ".join([kinds] if isinstance(kinds, str) else kinds)
    name = {"date-time": "moment", "date": "day", "binary": "file"}.get(
        field.get("format", ""), name
    )
    return f"{name}{_bounds(field)}"


def _bounds(field: Mapping[str, Any]) -> str:
    low = field.get("minimum", field.get("exclusiveMinimum"))
    high = field.get("maximum", field.get("exclusiveMaximum"))
    if low is not None and high is not None:
        above = "above " if "exclusiveMinimum" in field else ""
        return f", {above}{low} to {high}"
    if "minLength" in field and "maxLength" in field:
        return f" of {field['minLength']} to {field['maxLength']}"
    return f" of up to {field['maxLength']}" if "maxLength" in field else ""


def _who(rule: Rule) -> str:
    """Say who a rule lets pass."""
    if rule.anyone:
        return "anybody"
    who = "whoever has " + " or ".join(f"`{item}`" for item in rule.permissions)
    if not rule.permissions:
        who = "whoever is signed in"
    if rule.everybodys:
        who += f"; with `{rule.everybodys}` also for what belongs to others"
    if rule.session:
        who += "; not for API keys"
    if rule.first:
        who += "; also before the first password is changed"
    return who


def _opened(permission: Permission, actions: Mapping[str, Action]) -> Iterator[str]:
    """Give the routes that a permission opens."""
    for route, action in actions.items():
        rule = RULES[action]
        if permission in rule.permissions:
            others = " (everybody's)" if permission == rule.everybodys else ""
            people = " (not for API keys)" if rule.session else ""
            yield f"`{route}`{others}{people}"


def _holders(permission: Permission) -> int:
    return sum(permission in held for held in BUILTIN_ROLES.values())


def _mark(value: bool) -> str:
    return "✓" if value else ""


def _listed(names: list[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?")) else f"{text}."


def _errors() -> Iterator[type[errors.AshimError]]:
    """Give the error classes in the order of their statuses."""
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.AshimError)
    ]
    yield from sorted(kinds, key=lambda kind: (kind.status, kind.code))


def _markdown(docstring: str) -> list[str]:
    """Turn the indented example of a docstring into a code block."""
    text, _, example = docstring.partition("Example:")
    code = inspect.cleandoc(example)
    ast.parse(code)
    return [text.strip(), "", "```python", code, "```"]


def _default(value: object) -> str:
    """Write a default as it would be in the environment."""
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if value is None or value is PydanticUndefined or value in ("", frozenset(), ()):
        return ""
    return f"`{json.dumps(value)}`" if isinstance(value, bool) else f"`{value}`"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _tick(value: bool) -> str:
    return "yes" if value else "no"


@click.command()
def main() -> None:
    """Write all reference pages."""
    REFERENCE.mkdir(exist_ok=True)
    for name, write in PAGES.items():
        (REFERENCE / name).write_text(write())
        click.echo(f"wrote docs/reference/{name}")
    with open_stage() as stage:
        for name in write_pages(stage):
            click.echo(f"wrote docs/reference/{name}")


if __name__ == "__main__":
    main()
