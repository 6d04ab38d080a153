"""The operations of an OpenAPI document, and the least request for each of them."""

import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tests.kinds import file_of

FORM, JSON = "multipart/form-data", "application/json"
NAMED = {
    "username": "somebody",
    "password": "correct horse battery",
    "newPassword": "correct horse battery",
    "currentPassword": "correct horse battery",
}
"""Values of fields whose schema doesn't say all."""


@dataclass(frozen=True)
class Call:
    """A request: parts of the path, text fields of a form, its files and their kinds, or JSON."""

    method: str
    path: str
    parts: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, int] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None

    def without(self, name: str) -> "Call":
        """Give the same request with one thing less."""
        return replace(
            self,
            fields={key: value for key, value in self.fields.items() if key != name},
            files={key: count for key, count in self.files.items() if key != name},
            body=self.body and {key: value for key, value in self.body.items() if key != name},
        )

    def with_known(self, values: Mapping[str, str]) -> "Call":
        """Give the same request with values of those of its fields that have one."""
        known = {name: values.get(name, value) for name, value in self.fields.items()}
        return replace(self, fields=known)

    def sent(self, http: Any, **options: Any) -> Any:
        """Send it with Flask's client."""
        path = self.path.format_map({key: part or "-" for key, part in self.parts.items()})
        if self.body is not None:
            options["json"] = self.body
        elif self.fields or self.files:
            options["data"] = dict(self.fields) | {
                name: [
                    (io.BytesIO(file_of(self.kinds.get(name, ""))), f"{n}.png")
                    for n in range(count)
                ]
                for name, count in self.files.items()
            }
            options["content_type"] = FORM
        response = http.open(path, method=self.method, **options)
        response.get_data()
        response.close()
        return response


@dataclass(frozen=True)
class Operation:
    """One method of one path, as a document describes it."""

    method: str
    path: str
    spec: Mapping[str, Any] = field(repr=False)
    document: Mapping[str, Any] = field(repr=False)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def parameters(self) -> list[Mapping[str, Any]]:
        return [self.resolved(item) for item in self.spec.get("parameters", ())]

    def content(self) -> tuple[str, Mapping[str, Any]] | None:
        """Give the media type and the schema of the body, if it has one."""
        for kind, content in self.spec.get("requestBody", {}).get("content", {}).items():
            return kind, self.resolved(content["schema"])
        return None

    def answers(self, status: int) -> Mapping[str, Any] | None:
        """Give what is said of answers of this status: their content by media type."""
        found = self.spec["responses"].get(str(status))
        content: Mapping[str, Any] | None = found and self.resolved(found).get("content", {})
        return content

    def resolved(self, item: Mapping[str, Any]) -> Mapping[str, Any]:
        """Follow a reference."""
        while "$ref" in item:
            found: Any = self.document
            for step in item["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            item = found
        return item

    def choices(self) -> list[list[str]]:
        """Give what of the body is needed: of each of these, at least one."""
        body = self.content()
        if body is None or not self.spec["requestBody"]["required"]:
            return []
        alone = [[name] for name in body[1].get("required", ())]
        either = [
            [item["required"][0] for item in choice["anyOf"]] for choice in body[1].get("allOf", ())
        ]
        return [*alone, *either]

    def least(self) -> Call:
        """Give the request with what is needed and nothing else; of choices, the first."""
        needed = [names[0] for names in self.choices()]
        body = self.content()
        if body is None:
            return self._call()
        kind, schema = body
        properties = {name: self.resolved(schema["properties"][name]) for name in needed}
        if kind == JSON:
            given = {name: NAMED.get(name) or value_of(item) for name, item in properties.items()}
            return replace(self._call(), body=given)
        shown = self.shown()
        files = {name: count for name, item in properties.items() if (count := files_in(item))}
        texts = {
            name: shown.get(name) or value_of(item)
            for name, item in properties.items()
            if name not in files
        }
        return replace(self._call(), fields=texts, files=files, kinds=self._kinds())

    def _kinds(self) -> dict[str, str]:
        """Give the media types of those fields of the form that take only some."""
        encoding = self.spec["requestBody"]["content"].get(FORM, {}).get("encoding", {})
        return {name: item["contentType"] for name, item in encoding.items() if name != "settings"}

    def example(self) -> Call:
        """Give the least request, with the examples of all fields that have one."""
        least = self.least()
        return replace(least, fields={**least.fields, **self.shown()})

    def shown(self) -> dict[str, str]:
        """Give the fields of the form that have an example, as they are sent."""
        schema = self.resolved(self.spec["requestBody"]["content"][FORM]["schema"])
        fields = {name: self.resolved(item) for name, item in schema["properties"].items()}
        shown = {name: item["examples"][0] for name, item in fields.items() if "examples" in item}
        return {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in shown.items()
        }

    def _call(self) -> Call:
        parts = {
            item["name"]: item.get("example") or value_of(item["schema"])
            for item in self.parameters
            if item["in"] == "path"
        }
        return Call(self.method, self.path, parts)


def operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    """Give all operations of a document."""
    for path, item in document["paths"].items():
        for method, spec in item.items():
            yield Operation(method.upper(), path, spec, document)


def files_in(schema: Mapping[str, Any]) -> int:
    """Say how many files a field of a form has at least; 0 for text."""
    if schema.get("format") == "binary":
        return 1
    items = schema.get("items", {})
    return int(schema.get("minItems", 1)) if items.get("format") == "binary" else 0


def value_of(schema: Mapping[str, Any]) -> Any:
    """Give a value that a schema allows, for the schemas that there are."""
    if "enum" in schema or "examples" in schema or "default" in schema:
        return [*schema.get("enum", ()), *schema.get("examples", ()), schema.get("default")][0]
    if "anyOf" in schema:
        return value_of(schema["anyOf"][0])
    kind = schema.get("type", "string")
    if kind == "array":
        return [value_of(schema.get("items", {}))] * max(schema.get("minItems", 0), 1)
    if kind == "object":
        required = schema.get("required", ())
        return {name: value_of(schema["properties"][name]) for name in required}
    plain = {"integer": schema.get("minimum", 1), "number": 1, "boolean": True, "null": None}
    return plain[kind] if kind in plain else _text(schema)


def _text(schema: Mapping[str, Any]) -> str:
    pattern = schema.get("pattern", "")
    for text in ("0" * 32, "some-name", "some_name", "en"):
        if re.search(pattern, text) and len(text) <= schema.get("maxLength", 100):
            return text
    raise ValueError(f"expected a pattern that one of the usual texts matches, got {pattern!r}")
