"""Strategies of requests for an operation of the document: right, nearly right, or absurd."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from hypothesis import strategies as st

from ashim_core.testing import samples
from tests.web.operations import FORM, JSON, Operation, files_in, value_of

_BOUNDARY = "the-boundary"
_HEADERS = (
    *("Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Cookie", "Host", "Origin"),
    *("Prefer", "Idempotency-Key", "Range", "If-Range", "If-None-Match", "If-Modified-Since"),
    *("Last-Event-ID", "X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "Referer", "Expect"),
    *("Access-Control-Request-Method", "Sec-Fetch-Site", "Content-Encoding", "Content-Type"),
)
_USUAL = (
    *("*/*", JSON, "image/webp, image/*;q=0.5", "respond-async", "wait=0", "bytes=0-9", "gzip"),
    *("bytes=-1", "bytes=9-1", '"x"', "*", "null", "Bearer x", "Basic eDp5", "text/plain", FORM),
    *("127.0.0.1", "for=1;proto=https", "https://other.example", "localhost", "cross-site"),
)
_HOSTS = (".", "a..b", "localhost", "localhost:1", "a b", "[::1]", "evil.example", "@", "ü")
"""Not any text: the client makes an address of it, and knows less than the server."""
_NAMES = (
    *(
        "a.png",
        "",
        "..",
        "../../etc/passwd",
        "C:\\Users\\me\\photo.png",
        "a\\",
        "ä é.png",
        "a;b.png",
    ),
    *("CON", ".png", "a.png\x00", "%00", "a" * 300, "👍.png", "\u202egnp.exe", "{n}", "a.svg"),
)
_WORDS = (
    "",
    "true",
    "no",
    "-1",
    "0",
    "1e999",
    "NaN",
    "null",
    "[]",
    "{}",
    "\x00",
    "\ud7ff",
    "/files/x",
)


@dataclass(frozen=True)
class Request:
    """What is sent: everything as it goes over the wire, but the token of whoever sends it."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def sent(self, http: Any, token: str | None = None) -> Any:
        """Send it with Flask's client, and read the whole answer."""
        headers = dict(self.headers)
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        response = http.open(
            self.path,
            method=self.method,
            query_string=self.query,
            headers=headers,
            data=self.body,
        )
        response.get_data()
        response.close()
        return response


text = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.sampled_from(_WORDS)
numbers = (
    st.integers(-3, 300)
    | st.sampled_from([2**31, 2**63, 2**64, -(2**63), 10**15, 1e308, 5e-324, 0.5])
    | st.floats(allow_nan=True)
)
scalars = st.none() | st.booleans() | numbers | text
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=5,
)
header_values = st.sampled_from(_USUAL) | st.text(
    st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=40
)


def requests(
    operation: Operation, known: Mapping[str, Sequence[str]]
) -> st.SearchStrategy[Request]:
    """Give requests for an operation. known: values of some parts of paths."""
    return _requests(operation, known)


@st.composite
def _requests(draw: st.DrawFn, operation: Operation, known: Mapping[str, Sequence[str]]) -> Request:
    parts, query = {}, []
    for item in operation.parameters:
        name = item["name"]
        if item["in"] == "path":
            right = known.get(name) or [value_of(item["schema"])]
            parts[name] = quote(draw(_mostly(st.sampled_from(right), text)) or "-", safe="")
        elif item["in"] == "query" and draw(st.booleans()):
            query.append((name, str(draw(_mostly(_near(item["schema"]), scalars)))))
    if _rarely(draw):
        query.append((draw(text), draw(text)))
    names = st.sampled_from(_HEADERS)
    some = st.dictionaries(names, header_values, min_size=1, max_size=2)
    headers = draw(st.just({}) | st.just({}) | some)
    if "Host" in headers:
        headers["Host"] = draw(st.sampled_from(_HOSTS))
    kind, body = draw(_body(operation, known))
    if kind and not _rarely(draw):
        headers["Content-Type"] = kind
    path = operation.path.format_map(parts)
    encoded = urlencode(query, errors="replace")
    return Request(operation.method, path, encoded, tuple(headers.items()), body)


def _rarely(draw: st.DrawFn) -> bool:
    """Say whether one more thing shall be wrong."""
    return draw(st.integers(0, 29)) == 17


def _mostly(one: st.SearchStrategy[Any], other: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Give the first of two most of the time, so that more than the first check is reached."""
    return st.integers(0, 9).flatmap(lambda number: one if number else other)


@st.composite
def _body(
    draw: st.DrawFn, operation: Operation, known: Mapping[str, Sequence[str]]
) -> tuple[str, bytes]:
    content = operation.content()
    if content is None:
        return "", draw(st.just(b"") | st.binary(max_size=20))
    kind, schema = content
    if _rarely(draw):
        return kind, draw(st.binary(max_size=60))
    if kind == JSON:
        return kind, _dumped(draw(_object(operation, schema)))
    return f"{FORM}; boundary={_BOUNDARY}", draw(_form(operation, schema, known))


def _dumped(value: Any) -> bytes:
    return json.dumps(value).encode()


@st.composite
def _object(draw: st.DrawFn, operation: Operation, schema: Mapping[str, Any]) -> Any:
    """Give an object that is near to what a schema allows."""
    if _rarely(draw):
        return draw(anything)
    found = dict(operation.resolved(schema).get("examples", [{}])[0])
    for name, item in schema.get("properties", {}).items():
        needed = name in schema.get("required", ())
        if draw(st.integers(0, 9)) == 0 or (needed and name not in found):
            found[name] = draw(_mostly(_near(operation.resolved(item)), anything))
    if _rarely(draw):
        found[draw(text)] = draw(anything)
    return found


def _near(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:  # noqa: PLR0911 - a case each
    """Give values that a schema allows, or that are at its edges."""
    if "anyOf" in schema:
        return st.one_of([_near(item) for item in schema["anyOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    shown = [st.sampled_from(schema["examples"])] if "examples" in schema else []
    kind = schema.get("type")
    if kind in ("integer", "number"):
        low = schema.get("minimum", schema.get("exclusiveMinimum", -10))
        high = min(schema.get("maximum", 500), 500)
        edges = [low, low - 1, schema.get("maximum", 0), schema.get("maximum", 0) + 1]
        plain = st.integers(int(low), max(int(high), int(low)))
        return st.one_of(*shown, plain, st.sampled_from(edges))
    if kind == "boolean":
        return st.booleans()
    if kind == "array":
        items = _near(schema["items"]) if schema.get("items") else anything
        return st.one_of(*shown, st.lists(items, max_size=3))
    if kind == "object" and "properties" in schema:
        fields = {name: _near(item) for name, item in schema["properties"].items()}
        needed = {name: fields.pop(name) for name in schema.get("required", ())}
        return st.fixed_dictionaries(needed, optional=fields)
    if kind == "string":
        longest = st.just("x" * (schema.get("maxLength", 60) + 1))
        return st.one_of(*shown, text, longest)
    return st.none() if kind == "null" else anything


@st.composite
def _form(
    draw: st.DrawFn,
    operation: Operation,
    schema: Mapping[str, Any],
    known: Mapping[str, Sequence[str]],
) -> bytes:
    parts: list[bytes] = []
    for name, item in schema["properties"].items():
        resolved = operation.resolved(item)
        if files_in(resolved):
            count = draw(st.sampled_from([1] * 18 + [0, 2]))
            parts.extend(draw(_file(name)) for _ in range(count))
        elif "examples" in resolved or draw(st.integers(0, 9)) == 0:
            values = draw(_texts(operation, name, resolved, known))
            parts.extend(_part(f'name="{name}"', value) for value in values)
    if _rarely(draw):
        parts.append(_part(f'name="{_quotable(draw(text))}"', draw(text).encode()))
    end = draw(st.sampled_from([b"--\r\n"] * 18 + [b"", b"--\r\nmore"]))
    return b"".join([*parts, f"--{_BOUNDARY}".encode(), end])


@st.composite
def _texts(
    draw: st.DrawFn,
    operation: Operation,
    name: str,
    schema: Mapping[str, Any],
    known: Mapping[str, Sequence[str]],
) -> list[bytes]:
    """Give the values of a text field: one, as a rule."""
    if schema.get("type") == "object":
        value = _dumped(draw(_object(operation, schema)))
    elif name in ("pipeline", "steps"):
        step = st.fixed_dictionaries(
            {"toolId": _mostly(st.sampled_from(known["toolId"]), text)},
            optional={"settings": st.dictionaries(text, anything, max_size=2)},
        )
        shown = st.sampled_from(schema.get("examples", ["[]"])).map(str.encode)
        value = draw(shown | st.lists(step | anything, max_size=3).map(_dumped))
    elif name in known and draw(st.booleans()):
        value = draw(st.sampled_from(known[name])).encode()
    else:
        near = draw(_mostly(_near(schema), scalars))
        value = (near if isinstance(near, str) else json.dumps(near)).encode(errors="replace")
    return [value] * draw(st.sampled_from([1] * 19 + [2]))


@st.composite
def _file(draw: st.DrawFn, field: str) -> bytes:
    content = draw(_mostly(_pictures(), st.binary(max_size=60)))
    name = _quotable(draw(st.sampled_from(_NAMES) | text))
    field = draw(_mostly(st.just(field), text.map(_quotable)))
    encoding = draw(st.sampled_from(["utf-8", "utf-8", "latin-1", "utf-16"]))
    names = f'name="{field}"; filename="{name}"'.encode(encoding, errors="replace")
    return _part(names, content)


@st.composite
def _pictures(draw: st.DrawFn) -> bytes:
    """Give pictures, whole or cut, or with one byte changed."""
    data = draw(st.sampled_from([item.data for item in samples()]))
    fate = draw(st.integers(0, 5))
    if fate == 0:
        return data[: draw(st.integers(0, len(data)))]
    if fate == 1:
        place = draw(st.integers(0, len(data) - 1))
        return data[:place] + bytes([draw(st.integers(0, 255))]) + data[place + 1 :]
    return data


def _quotable(name: str) -> str:
    """Leave out what would end a header."""
    return name.replace("\r", "").replace("\n", "").replace('"', "%22")


def _part(names: str | bytes, content: bytes) -> bytes:
    head = names.encode(errors="replace") if isinstance(names, str) else names
    start = f"--{_BOUNDARY}\r\nContent-Disposition: form-data; ".encode()
    return start + head + b"\r\n\r\n" + content + b"\r\n"
