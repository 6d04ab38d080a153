"""Bad input of every kind for every address: always a short refusal that names what is wrong."""

import gzip
import io
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from typing import Any, NamedTuple

import pytest
from pydantic import BaseModel
from werkzeug.routing import Rule

from ashim_core.identity.records import (
    Login,
    NewKey,
    NewRole,
    NewUser,
    PasswordChange,
    PasswordReset,
    RoleChange,
    TeamBody,
    UserChange,
)
from ashim_core.library.records import FileIds
from ashim_core.openapi.shapes import JsonShape
from ashim_core.pipelines.records import NewPipeline, PipelineChange
from ashim_core.testing import sample
from ashim_core.testing.client import make_client
from ashim_core.web.endpoint import shape_of
from ashim_core.web.front.limits import SMALL_BODY
from ashim_core.web.routes import api_routes, wire_path
from ashim_core.web.settings import SettingsChange, SettingValue
from ashim_core.wire.safe_json import parse
from tests.data import plain
from tests.web.people import PASSWORD, Person, ask, root

REFUSALS = ("VALIDATION_ERROR", "INVALID_REQUEST")
LONGEST_ANSWER = 4096
MIB = 1024 * 1024

EXAMPLES: Mapping[type[BaseModel], dict[str, Any]] = {
    Login: {"username": "admin", "password": PASSWORD},
    PasswordChange: {"currentPassword": PASSWORD, "newPassword": PASSWORD},
    PasswordReset: {"newPassword": PASSWORD},
    NewUser: {"username": "anna", "password": PASSWORD, "role": "user", "team": "Default"},
    UserChange: {"role": "user"},
    NewKey: {"name": "a"},
    TeamBody: {"name": "Research"},
    NewRole: {"name": "auditors", "permissions": ["audit:read"]},
    RoleChange: {"description": "x"},
    SettingsChange: {"defaultTheme": "dark"},
    SettingValue: {"value": "Bilder"},
    NewPipeline: {"name": "web", "description": "for the web", "steps": [{"toolId": "same"}]},
    PipelineChange: {"name": "web"},
    FileIds: {"ids": ["1"]},
}
"""A body for each model that would be accepted."""

KINDS: Mapping[str, Any] = {
    "null": None,
    "boolean": True,
    "integer": 1,
    "number": 1.5,
    "string": "x",
    "array": [],
    "object": {},
}
"""A value of every kind that JSON has."""

NASTY_TEXTS: Mapping[str, str] = {
    "a megabyte": "x" * MIB,
    "NUL": "a\0b",
    "a new line": "a\nb",
    "ESC": "a\x1bb",
    "a lone surrogate": "a\ud800b",
    "a change of direction": "a\u202eb",
}


class Field(NamedTuple):
    """One field of one route's body.

    kinds: of JSON values that it takes.
    named: what a refusal calls it.
    """

    method: str
    path: str
    example: dict[str, Any]
    name: str
    kinds: frozenset[str]
    named: str

    def takes(self, kind: str) -> bool:
        return kind in self.kinds or (kind == "integer" and "number" in self.kinds)


@pytest.fixture(scope="module")
def admin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    config: dict[str, Any] = {
        "auth_enabled": True,
        "skip_must_change_password": True,
        "max_users": 0,
        "login_attempt_limit": 10_000,
    }
    with closing(make_client(tmp_path_factory.mktemp("bad"), plain, **config)) as client:
        yield root(client)


@pytest.fixture(scope="module")
def bodies(admin: Person) -> list[tuple[str, str, type[BaseModel]]]:
    """Method, path and model of every route that takes JSON; parts of the path lead nowhere."""
    return [
        (route.method, route.path.format_map(_Parts()), route.shape.body)
        for route in api_routes(admin.client.http.application)
        if isinstance(route.shape, JsonShape) and route.shape.body is not None
    ]


@pytest.fixture(scope="module")
def fields(bodies: list[tuple[str, str, type[BaseModel]]]) -> list[Field]:
    return [
        Field(method, path, EXAMPLES[model], name, _kinds(model, schema), _named(model, name))
        for method, path, model in bodies
        for name, schema in model.model_json_schema(by_alias=True)["properties"].items()
    ]


class _Parts(dict[str, str]):
    """What stands in a path: the one setting that takes any text, and nothing that exists."""

    def __missing__(self, part: str) -> str:
        return "appName" if part == "key" else "nothing"


def _kinds(model: type[BaseModel], schema: Mapping[str, Any]) -> frozenset[str]:
    if model is SettingValue:
        return frozenset({"string", "null"})  # as the setting `appName`
    kinds = {item.get("type", "string") for item in schema.get("anyOf", [schema])}
    # For every setting, null stands for its default.
    return frozenset(kinds | ({"null"} if model is SettingsChange else set()))


def _named(model: type[BaseModel], name: str) -> str:
    return "appName" if model is SettingValue else name


def send(admin: Person, method: str, path: str, data: bytes, media_type: str | None) -> Any:
    """Send any bytes as the administrator."""
    return admin.client.http.open(
        path, method=method.upper(), data=data, content_type=media_type, headers=admin.headers
    )


def send_json(admin: Person, method: str, path: str, body: Any) -> Any:
    return send(admin, method, path, json.dumps(body).encode(), "application/json")


def told(answer: Any) -> tuple[int, str, list[str]]:
    """Give the status, the code, and the fields that an answer names; it must be short."""
    code, details = answer.json.get("code"), answer.json.get("details", ())
    length = len(answer.data)
    assert length < LONGEST_ANSWER, f"an answer of {length} bytes: {answer.text[:200]}"
    return answer.status_code, code, [item["field"] for item in details]


def refusal(path: str, data: bytes, otherwise: tuple[int, str]) -> tuple[int, str]:
    """Give the refusal of a body; of what anybody may send only a little is read."""
    public = path == "/api/auth/login" and len(data) > SMALL_BODY
    return (413, "FILE_TOO_LARGE") if public else otherwise


def surprises(admin: Person, cases: Iterable[tuple[Field, Any]]) -> list[str]:
    """Send bodies with one wrong field each; describe every answer that isn't as it should be."""
    found = []
    for field, value in cases:
        body = field.example | {field.name: value}
        answer = send_json(admin, field.method, field.path, body)
        status, code, named = told(answer)
        large = refusal(field.path, json.dumps(body).encode(), (400, ""))
        if (status, code) == large:
            continue
        if (status, named) != (400, [field.named]) or code not in REFUSALS:
            said = f"{answer.status_code} {answer.text[:300]}"
            found.append(f"{field.method} {field.path} {field.name}={value!a:.40}: {said}")
    return found


def test_every_body_has_an_example(
    admin: Person, bodies: list[tuple[str, str, type[BaseModel]]]
) -> None:
    assert {model for _, _, model in bodies} == EXAMPLES.keys()
    for model, example in EXAMPLES.items():
        model.model_validate(example)


@pytest.mark.parametrize("kind", KINDS)
def test_a_value_of_the_wrong_kind_is_refused(
    admin: Person, fields: list[Field], kind: str
) -> None:
    wrong = [(field, KINDS[kind]) for field in fields if not field.takes(kind)]
    assert wrong
    assert surprises(admin, wrong) == []


@pytest.mark.parametrize("name", NASTY_TEXTS)
def test_text_that_nobody_types_is_refused(admin: Person, fields: list[Field], name: str) -> None:
    wrong = [(field, NASTY_TEXTS[name]) for field in fields if not _may_hold(field, name)]
    assert surprises(admin, wrong) == []


def _may_hold(field: Field, text: str) -> bool:
    """Say whether somebody may have typed it: in a password, which nobody looks at, or in prose."""
    prose = field.name == "description" and "/pipeline/" in field.path
    if text == "a change of direction":
        return prose or "assword" in field.name
    return text == "a new line" and prose


def test_an_unknown_field_is_refused(admin: Person, fields: list[Field]) -> None:
    unknown = [field._replace(name="nope", named="nope") for field in fields]
    assert surprises(admin, ((field, 1) for field in unknown)) == []


def test_what_is_required_is_asked_for(
    admin: Person, bodies: list[tuple[str, str, type[BaseModel]]]
) -> None:
    asked = 0
    for method, path, model in bodies:
        for name in model.model_json_schema(by_alias=True).get("required", ()):
            body = {key: value for key, value in EXAMPLES[model].items() if key != name}
            answer = told(send_json(admin, method, path, body))
            assert answer == (400, "VALIDATION_ERROR", [name]), f"{method} {path} without {name}"
            asked += 1
    assert asked > 8


@pytest.mark.parametrize(
    "name",
    ["x" * MIB, "\0", "\ud800", "\u202eeman", "", "__proto__"],
    ids=lambda name: ascii(name)[:20],
)
def test_any_name_of_a_field_can_be_refused(
    admin: Person, bodies: list[tuple[str, str, type[BaseModel]]], name: str
) -> None:
    for method, path, model in bodies:
        data = json.dumps(EXAMPLES[model] | {name: 1}).encode()
        wanted = refusal(path, data, (400, "VALIDATION_ERROR"))
        assert told(send(admin, method, path, data, JSON))[:2] == wanted, f"{method} {path}"


MANY: Mapping[str, tuple[str, dict[str, Any]]] = {
    "unknown names": ("/api/auth/login", {f"name{i}": i for i in range(3000)}),
    "wrong items": ("/api/v1/roles", {"name": "auditors", "permissions": ["x"] * 5000}),
    "unknown settings": ("/api/v1/settings", {f"name{i}": i for i in range(5000)}),
    "wrong tools": ("/api/v1/settings", {"disabledTools": [[i] for i in range(999)]}),
}


@pytest.mark.parametrize("case", MANY)
def test_thousands_of_mistakes_are_answered_in_a_few_words(admin: Person, case: str) -> None:
    path, body = MANY[case]
    method = "put" if "settings" in path else "post"
    assert told(send_json(admin, method, path, body))[:2] == (400, "VALIDATION_ERROR")


JSON = "application/json"
WHOLE: Mapping[str, tuple[Callable[[], bytes], str | None, int, str]] = {
    "a list": (lambda: b"[]", JSON, 400, "INVALID_REQUEST"),
    "a number": (lambda: b"1", JSON, 400, "INVALID_REQUEST"),
    "text": (lambda: b'"name"', JSON, 400, "INVALID_REQUEST"),
    "null": (lambda: b"null", JSON, 400, "INVALID_REQUEST"),
    "no JSON": (lambda: b"name=x", JSON, 400, "INVALID_REQUEST"),
    "spaces": (lambda: b"   ", JSON, 400, "INVALID_REQUEST"),
    "half of it": (lambda: b'{"name": "x', JSON, 400, "INVALID_REQUEST"),
    "two of it": (lambda: b"{}{}", JSON, 400, "INVALID_REQUEST"),
    "a comment": (lambda: b"{} // nothing", JSON, 400, "INVALID_REQUEST"),
    "single quotes": (lambda: b"{'name': 'x'}", JSON, 400, "INVALID_REQUEST"),
    "a raw new line": (lambda: b'{"name": "a\nb"}', JSON, 400, "INVALID_REQUEST"),
    "100 lists deep": (lambda: _nested(b"[", b"]", 100), JSON, 400, "INVALID_REQUEST"),
    "100 objects deep": (lambda: _nested(b'{"a":', b"}", 100), JSON, 400, "INVALID_REQUEST"),
    "100000 deep": (lambda: b"[" * 100_000, JSON, 400, "INVALID_REQUEST"),
    "a million digits": (lambda: _named_x(b"9" * 2**20), JSON, 400, "INVALID_REQUEST"),
    "NaN": (lambda: _named_x(b"NaN"), JSON, 400, "INVALID_REQUEST"),
    "Infinity": (lambda: _named_x(b"-Infinity"), JSON, 400, "INVALID_REQUEST"),
    "a name twice": (lambda: b'{"name": "a", "name": "b"}', JSON, 400, "INVALID_REQUEST"),
    "3 MB": (lambda: _named_x(b'"' + b"x" * 3 * MIB + b'"'), JSON, 413, "FILE_TOO_LARGE"),
    "Latin-1": (lambda: '{"name": "é"}'.encode("latin-1"), JSON, 400, "INVALID_REQUEST"),
    "UTF-16": (lambda: '{"name": "é"}'.encode("utf-16"), JSON, 400, "INVALID_REQUEST"),
    "a byte order mark": (lambda: b"\xef\xbb\xbf{}", JSON, 400, "INVALID_REQUEST"),
    "gzip": (lambda: gzip.compress(b"{}"), JSON, 400, "INVALID_REQUEST"),
    "a form": (
        lambda: b"name=x",
        "application/x-www-form-urlencoded",
        415,
        "UNSUPPORTED_MEDIA_TYPE",
    ),
    "a multipart form": (
        lambda: b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nx\r\n--x--\r\n',
        "multipart/form-data; boundary=x",
        415,
        "UNSUPPORTED_MEDIA_TYPE",
    ),
    "plain text": (lambda: b"{}", "text/plain", 415, "UNSUPPORTED_MEDIA_TYPE"),
    "almost JSON": (lambda: b"{}", "application/jsonp", 415, "UNSUPPORTED_MEDIA_TYPE"),
    "no type": (lambda: b"{}", None, 415, "UNSUPPORTED_MEDIA_TYPE"),
    "a type of nonsense": (lambda: b"{}", "\xff;;=,", 415, "UNSUPPORTED_MEDIA_TYPE"),
}


def _nested(opening: bytes, closing: bytes, depth: int) -> bytes:
    return b'{"name":' + opening * depth + b"1" + closing * depth + b"}"


def _named_x(value: bytes) -> bytes:
    return b'{"x":' + value + b"}"


@pytest.mark.parametrize("case", WHOLE)
def test_a_body_that_is_no_json_object_is_refused(
    admin: Person, bodies: list[tuple[str, str, type[BaseModel]]], case: str
) -> None:
    make, media_type, status, code = WHOLE[case]
    data = make()
    for method, path, _ in bodies:
        answer = send(admin, method, path, data, media_type)
        wanted = refusal(path, data, (status, code))
        assert told(answer)[:2] == wanted, f"{method} {path}: {answer.text[:300]}"


QUERIES: Mapping[str, tuple[str, ...]] = {
    "page": ("", "x", "1.5", "true", "1e3", "9" * 5000, "%00", "%D9%A1"),
    "limit": ("", "x", "null", "[]", "%0a"),
    "action": ("a%00b", "a%0Ab", "%1b", "%E2%80%AE", "x" * 41, "x" * 3000),
    "from": ("", "x", "2026-13-01", "2026-01-01T25:00", "1e30", "%00", "9" * 3000, "inf", "[]"),
    "to": ("", "x", "2026-02-30", "2026-01-01T00:00:00+99:99", "nan", "%F0%9F%8E%89"),
    "nope": ("", "1"),
    "x" * 70: ("1",),
}


@pytest.mark.parametrize("name", QUERIES, ids=lambda name: str(name)[:10])
def test_parameters_of_the_audit_log_are_checked(admin: Person, name: str) -> None:
    for value in QUERIES[name]:
        answer = admin("GET", f"/api/v1/audit-log?{name}={value}")
        assert told(answer) == (400, "VALIDATION_ERROR", [name]), f"{name}={value[:50]}"


def test_moments_at_the_ends_of_time_are_fine(admin: Person) -> None:
    for query in (
        "from=0001-01-01&to=9999-12-31",
        "from=0001-01-01T00:00:00%2B14:00",
        "to=9999-12-31T23:59:59-14:00",
    ):
        assert admin("GET", f"/api/v1/audit-log?{query}").status_code == 200, query


IDS: Mapping[str, str] = {
    "10000 letters": "x" * 10_000,
    "300 letters": "x" * 300,
    "300 bytes of digits": "%D9%A1" * 150,
    "NUL": "%00",
    "NUL inside": "a%00b",
    "the folder itself": ".",
    "the folder above": "..",
    "folders above": "../../etc/passwd",
    "hidden folders above": "..%2f..%2fetc%2fpasswd",
    "twice hidden folders above": "%252e%252e%252fsecret",
    "backslashes": "..%5c..%5csecret",
    "unicode": "ünïcode",
    "an emoji": "%F0%9F%8E%89",
    "no UTF-8": "%ff%fe",
    "a new line": "a%0d%0aX-Injected:%201",
    "a space": "%20",
    "SQL": "' OR 1=1 --",
    "a template": "{{7*7}}",
    "a change of direction": "%E2%80%AEtxt",
    "a percent sign": "%",
}


def calls(admin: Person) -> Iterator[tuple[str, Rule, dict[str, Any]]]:
    """Give method and rule of every route with parts in its path, and what else it takes."""
    app = admin.client.http.application
    for rule in (rule for rule in app.url_map.iter_rules() if rule.arguments):
        shape = shape_of(app.view_functions[rule.endpoint])
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "DELETE"}):
            if rule.endpoint in ("tools.run_tool", "tools.run_batch"):
                yield method, rule, {"data": {"file": (io.BytesIO(sample("1x1")), "a.png")}}
            elif isinstance(shape, JsonShape) and shape.body:
                yield method, rule, {"json": EXAMPLES[shape.body]}
            else:
                yield method, rule, {}


def filled(rule: Rule, part: str) -> str:
    """Put the same text in the place of every part of a path."""
    return "/".join(
        part if piece.startswith("{") else piece for piece in wire_path(rule).split("/")
    )


@pytest.mark.parametrize("case", IDS)
def test_ids_that_nothing_has_are_not_found(admin: Person, case: str) -> None:
    found = []
    for method, rule, options in calls(admin):
        path = filled(rule, IDS[case])
        answer: Any = admin.client.http.open(path, method=method, headers=admin.headers, **options)
        wanted = {(404, "NOT_FOUND"), (404, "TOOL_NOT_FOUND")}
        if rule.endpoint == "settings.set_setting":
            wanted.add((400, "VALIDATION_ERROR"))
        code = answer.json["code"] if answer.is_json else answer.mimetype
        length = len(answer.data)
        if (answer.status_code, code) not in wanted or length >= LONGEST_ANSWER:
            found.append(f"{method} {rule}: {answer.status_code} {code}, {length} bytes")
    assert found == []


def test_an_address_that_is_not_there_is_told_in_a_few_words(admin: Person) -> None:
    for path in ("/" + "x" * 10_000, "/api/v1/" + "y" * 10_000, "/%00", "/api/%ff", "/a%0d%0ab: c"):
        answer = admin("GET", path)
        assert told(answer)[:2] == (404, "NOT_FOUND"), path[:50]
        assert "b" not in answer.headers


def _cpu_seconds(text: str) -> float:
    """Give the least time that the processor took to read `text`, out of five tries."""
    return min(_once(text) for _ in range(5))


def _once(text: str) -> float:
    begin = time.process_time()
    parse(text, "body", len(text))
    return time.process_time() - begin


@pytest.mark.parametrize(
    "piece", ['\\"', "\\\\", "[", "a"], ids=["quotes", "slashes", "brackets", "letters"]
)
def test_reading_json_takes_time_in_proportion_to_its_length(piece: str) -> None:
    one, two = ('{"a":"' + piece * (size // len(piece)) + '"}' for size in (MIB, 2 * MIB))
    assert _cpu_seconds(two) / _cpu_seconds(one) < 4


@pytest.mark.parametrize("host", [".", "..", "a..b", f"{'a' * 64}.example"])
@pytest.mark.parametrize("path", ["/api/v1/health", "/api/v1/tools", "/nothing"])
def test_a_host_that_is_none_is_refused_in_a_sentence(admin: Person, host: str, path: str) -> None:
    answer = ask(admin.client, "GET", path, headers={"Host": host})
    assert (answer.status_code, answer.json["code"]) == (400, "INVALID_REQUEST")
    assert answer.json["error"] == "The Host header of the request names no host."
