"""The pages about routes: what each takes and gives, and which permission opens it."""

import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

from ashim_core.openapi.document import build_openapi
from ashim_core.policy import BUILTIN_ROLES, PERMISSIONS, RULES, Action, Permission, Rule
from ashim_core.registry import Registry
from ashim_core.testing.client import make_client
from ashim_core.web.permissions import permission_of
from ashim_core.web.routes import api_routes, wire_path
from docs._make.markdown import code, one_line, page, sentence


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
    yield " ".join(filter(None, (sentence(operation["summary"]), operation.get("description"))))
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
    return f"| `{name}` | {type_of(field)} | {need} | {field.get('description', '')} |"


def _content(answer: Mapping[str, Any]) -> str:
    """Say what a successful answer holds."""
    return " or ".join(_held(kind, content) for kind, content in answer["content"].items())


def _held(kind: str, content: Mapping[str, Any]) -> str:
    if "anyOf" in content["schema"]:
        return type_of(content["schema"])
    if "$ref" not in content["schema"]:
        return "the file" if kind == "application/octet-stream" else f"`{kind}`"
    name = content["schema"]["$ref"].rpartition("/")[2]
    return f"[{name}](#{name.lower()})"


def _named(document: Mapping[str, Any]) -> set[str]:
    """Name the models that answers and the keys of requests hold, and those inside of these."""
    held = [*_good_answers(document), *_bodies(document)]
    waiting = re.findall(r"#/components/schemas/(\w+)", json.dumps(held))
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            inner = json.dumps(document["components"]["schemas"][name])
            waiting += re.findall(r"#/components/schemas/(\w+)", inner)
    return found


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
        yield from (one_line(schema["description"]), "")
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
        yield f"| `{key}` | {type_of(field)} |{more}"
    yield ""


def _resolved(schema: Mapping[str, Any], document: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in schema:
        return schema
    _, _, kind, name = schema["$ref"].split("/")
    found: Mapping[str, Any] = document["components"][kind][name]
    return found


def type_of(field: Mapping[str, Any]) -> str:
    """Say in a few words which JSON a schema allows."""
    if "anyOf" in field:
        return " or ".join(type_of(item) for item in field["anyOf"])
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "enum" in field:
        many = len(field["enum"]) == len(PERMISSIONS)
        return "a permission" if many else ", ".join(f"`{item}`" for item in field["enum"])
    kinds = field.get("type", "anything")
    if kinds == "array":
        return f"list: {type_of(field.get('items', {}))}"
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
