"""Every refusal reads as a sentence: all of them are printed here (`pytest -s`), to be read."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ashim_core import errors
from ashim_core.describe import settings_schema
from ashim_core.engine.validate import validate_settings
from ashim_core.errors import AshimError, InvalidSettings
from ashim_core.imaging.formats import CORE_FORMATS
from ashim_core.testing import ToolClient
from ashim_core.tool import Tool

ROOT = Path(__file__).parent.parent
SOURCES = [*(ROOT / "ashim_core").rglob("*.py"), *(ROOT / "plugins").glob("*/ashim_*/**/*.py")]
KINDS = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, AshimError)
}
WRONG: tuple[Any, ...] = (
    *(None, True, -1e9, 10**9, 1.5, "", "x", "#zzz", "x" * 5000),
    *([], ["x"], [[1]], [{}], [{"nope": 1}], [1] * 5000, {}, {"nope": 1}, {"x": {"y": 1}}),
)
LIBRARIES_WORDS = re.compile(
    r"[Ii]nput should|[Vv]alue error|a valid |expected expected|instance of|\bNone\b(?! of)|"
    r"\bTrue\b|\bFalse\b|dictionary|tuple|after validation|greater than|these together|<class|  "
)
"""What no person would write."""


def is_sentence(text: str) -> bool:
    """Say whether it begins and ends like one, and has no words of a library's."""
    begins = text[:1].isupper() or text[:1] in "{'"
    return begins and text[-1:] in ".?}" and not LIBRARIES_WORDS.search(text)


def raised() -> Iterator[tuple[str, str]]:
    """Give where each error is made in the code, and its message with its parts in braces."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            made = isinstance(node, ast.Call) and _name(node.func) in KINDS and node.args
            if isinstance(node, ast.Call) and made and (text := _text(node.args[0])):
                yield f"{path.relative_to(ROOT)}:{node.lineno}", text


def _name(function: ast.expr) -> str:
    return getattr(function, "id", "") or getattr(function, "attr", "")


def _text(node: ast.expr) -> str:
    """Write a message as it is in the code; nothing where it is made elsewhere."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "{…}" for part in node.values
        )
    if isinstance(node, ast.BinOp):
        return _text(node.left) + (_text(node.right) or "{…}")
    return ""


def refused(tool: Tool) -> Iterator[InvalidSettings]:
    """Give every refusal of settings that are wrong in one place, and of those that miss one."""
    example = dict(tool.settings.example)
    names = settings_schema(tool, CORE_FORMATS).get("properties", {})
    cases = [{**example, name: value} for name in names for value in WRONG]
    cases += [{**example, **{other: example[other] for other in example}, "nope": 1}]
    cases += [{name: value for name, value in example.items() if name != left} for left in names]
    for case in [{}, *cases]:
        try:
            validate_settings(tool, case)
        except InvalidSettings as error:
            yield error


def test_every_refusal_in_the_code_reads_as_a_sentence() -> None:
    found = dict(raised())
    sys.stdout.writelines(f"{place}: {text}\n" for place, text in found.items())
    assert len(found) > 150
    assert {place: text for place, text in found.items() if not is_sentence(text)} == {}


def test_every_refusal_of_settings_reads_as_a_sentence(everything: ToolClient) -> None:
    messages = {error.message for tool in everything.registry for error in refused(tool)}
    sys.stdout.writelines(f"{text}\n" for text in sorted(messages))
    assert len(messages) > 1000
    assert [text for text in messages if not is_sentence(text) or len(text) > 1000] == []


def test_every_refusal_of_settings_has_its_parts(everything: ToolClient) -> None:
    for tool in everything.registry:
        for error in refused(tool):
            assert error.message.startswith(f"Invalid settings for {tool.id}: expected ")
            for detail in error.details:
                assert detail.keys() == {"field", "expected", "received"}
                assert all(detail.values()) or not detail["field"], error.message


@pytest.mark.parametrize(
    ("tool", "settings", "expected", "received"),
    [
        ("resize", {}, "at least one of width, height, percentage or preset", "nothing"),
        ("resize", {"withoutEnlargement": True}, "at least one of width", "withoutEnlargement"),
        ("edit-metadata", {"gps": {"latt": 1}}, "'lat'", "the unknown name 'gps.latt'"),
        ("edit-metadata", {"gps": {"nope": 1}}, "one of lat, lon, alt", "'gps.nope'"),
        ("collage", {"cells": [{}, {"fitt": 1}]}, "'fit'", "the unknown name 'cells.1.fitt'"),
        ("image-to-pdf", {"targetSize": {"valve": 1}}, "'value'", "'targetSize.valve'"),
    ],
)
def test_a_refusal_names_what_is_possible_there(
    everything: ToolClient, tool: str, settings: dict[str, Any], expected: str, received: str
) -> None:
    with pytest.raises(InvalidSettings) as caught:
        validate_settings(everything.registry.find(tool), settings)
    details = caught.value.details
    assert any(
        detail["expected"].startswith(expected) and received in detail["received"]
        for detail in details
    ), details
