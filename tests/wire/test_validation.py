"""What is said about a caller's wrong data: the field, what was expected, what came."""

from typing import Annotated, Any, Literal, Self

import pytest
from pydantic import Field, ValidationError, model_validator

from ashim_core.errors import Detail, ValidationFailed
from ashim_core.wire.bodies import Body, Name, OneLine, Query
from ashim_core.wire.validation import details_of, first_of, shown, validated


class Inner(Body):
    """Something inside of something else."""

    depth: int = 0


class Form(Body):
    """One field of each kind."""

    name: Name
    kind: Literal["round", "square"] = "round"
    size: Annotated[int, Field(ge=1, le=10)] = 1
    ratio: float = 1.0
    sharp: bool = False
    tags: list[str] = []
    max_width: int | None = None
    inner: Inner | None = None


class Page(Query):
    """Parameters, which are text."""

    page: int = Field(default=1, ge=1)
    word: Annotated[str, Field(max_length=10), OneLine] | None = None


def details(**data: Any) -> list[Detail]:
    """Give what is said about data that is wrong."""
    with pytest.raises(ValidationFailed) as caught:
        validated(Form, data)
    error = caught.value
    assert (error.status, error.code) == (400, "VALIDATION_ERROR")
    assert error.message == f"Invalid request: {first_of(error.details)}"
    return error.details


def test_sound_data_becomes_the_model() -> None:
    form = validated(Form, {"name": " a ", "maxWidth": 3, "inner": {"depth": 1}})
    assert form == Form(name="a", max_width=3, inner=Inner(depth=1))


@pytest.mark.parametrize(
    ("field", "value", "expected", "received"),
    [
        ("name", 1, "text", "1"),
        ("name", " ", "at least one visible character", '" "'),
        ("kind", "oval", "'round' or 'square'", '"oval"'),
        ("kind", None, "'round' or 'square'", "null"),
        ("size", "1", "a whole number", '"1"'),
        ("size", True, "a whole number", "true"),
        ("size", 1.5, "a whole number", "1.5"),
        ("size", 0, "at least 1", "0"),
        ("size", 11, "at most 10", "11"),
        ("ratio", "1", "a number", '"1"'),
        ("sharp", 1, "true or false", "1"),
        ("sharp", "true", "true or false", '"true"'),
        ("tags", "a", "a list", '"a"'),
        ("maxWidth", [], "a whole number", "[]"),
    ],
)
def test_a_wrong_value_is_named_and_shown(
    field: str, value: Any, expected: str, received: str
) -> None:
    body = {"name": "a"} | {field: value}
    assert details(**body) == [{"field": field, "expected": expected, "received": received}]


def test_every_wrong_field_is_named() -> None:
    found = details(name=1, size="x", sharp=None)
    assert [detail["field"] for detail in found] == ["name", "size", "sharp"]


def test_fields_inside_are_named_by_their_path() -> None:
    assert [item["field"] for item in details(name="a", tags=["a", 1])] == ["tags.1"]
    assert [item["field"] for item in details(name="a", inner={"depth": "x"})] == ["inner.depth"]


def test_a_missing_field_is_named() -> None:
    assert details() == [{"field": "name", "expected": "a value", "received": "nothing"}]


@pytest.mark.parametrize(
    ("unknown", "expected"),
    [
        ("nme", "'name'"),
        ("maxwidth", "'maxWidth'"),
        ("zzz", "one of name, kind, size, ratio, sharp, tags, maxWidth, inner"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(unknown: str, expected: str) -> None:
    body: dict[str, Any] = {"name": "a", unknown: 1}
    assert details(**body) == [
        {"field": unknown, "expected": expected, "received": f"the unknown name '{unknown}'"}
    ]


def test_a_model_without_fields_takes_nothing() -> None:
    class Empty(Body):
        pass

    with pytest.raises(
        ValidationFailed, match="expected no name at all but received the unknown name 'a'"
    ):
        validated(Empty, {"a": 1})


def test_long_names_and_values_are_cut_short() -> None:
    (unknown,) = details(**{"name": "a", "x" * 100_000: 1})
    assert unknown["field"] == "x" * 80
    assert unknown["received"] == f"the unknown name '{'x' * 80}'"
    (wrong,) = details(name="a", size="y" * 100_000)
    assert wrong["received"] == '"' + "y" * 79 + "…"


def test_objects_are_not_shown() -> None:
    (detail,) = details(name={"password": "secret"})
    assert detail == {"field": "name", "expected": "text", "received": "an object"}


def test_parameters_are_read_from_text() -> None:
    assert validated(Page, {"page": "3", "word": "a"}) == Page(page=3, word="a")
    with pytest.raises(ValidationFailed) as caught:
        validated(Page, {"page": "x", "word": "a\nb"})
    assert [detail["field"] for detail in caught.value.details] == ["page", "word"]


def test_what_belongs_to_no_field_is_said_of_the_whole() -> None:
    nothing: Detail = {"field": "", "expected": "an object", "received": "a list"}
    assert first_of([nothing]) == ("expected an object but received a list.")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (1.5, "1.5"),
        ("é", '"é"'),
        ("a\nb\x1b", '"a\\nb\\u001b"'),
        ([1, "a"], '[1, "a"]'),
        ({"a": 1}, '{"a": 1}'),
        ("x" * 78, '"' + "x" * 78 + '"'),
        ("x" * 79, '"' + "x" * 79 + "…"),
        ([1] * 100, "[" + "1, " * 26 + "1…"),
        ({1}, '"{1}"'),
    ],
    ids=lambda value: ascii(value)[:20],
)
def test_a_value_is_shown_as_json_of_bounded_length(value: Any, text: str) -> None:
    assert shown(value) == text
    assert len(shown(value)) <= 81


def test_details_are_those_of_the_model_that_refused() -> None:
    with pytest.raises(ValidationError) as caught:
        Inner.model_validate({"dpth": 1})
    assert details_of(caught.value, Inner) == [
        {"field": "dpth", "expected": "'depth'", "received": "the unknown name 'dpth'"}
    ]


def test_control_characters_and_invisible_ones_are_refused_in_names() -> None:
    for char in ("\0", "\n", "\x7f", "\x85", "\u200b", "\u202e", "\u2028", "\ue000", "\ufffe"):
        (detail,) = details(name=f"a{char}b")
        assert detail["field"] == "name", ascii(char)
        assert detail["expected"] == "text without control characters or invisible ones"


def test_names_come_in_one_form() -> None:
    assert validated(Form, {"name": "Cafe\u0301"}).name == "Caf\u00e9"


class Leaf(Body):
    """What is inside of everything else."""

    colour: str = ""


class Branch(Body):
    """Something with the same inside in several ways."""

    leaf: Leaf | None = None
    leaves: list[Leaf] = []
    by_name: dict[str, Leaf] = {}
    either: Leaf | Inner | None = None


@pytest.mark.parametrize(
    ("data", "field", "expected"),
    [
        ({"leaf": {"color": 1}}, "leaf.color", "'colour'"),
        ({"leaves": [{}, {"color": 1}]}, "leaves.1.color", "'colour'"),
        ({"byName": {"a": {"color": 1}}}, "byName.a.color", "'colour'"),
        ({"either": {"dpth": 1, "depth": 1}}, "either.Leaf.dpth", "one of colour"),
        ({"leaf": {"leaf": 1}}, "leaf.leaf", "one of colour"),
        ({"leave": {}}, "leave", "'leaves'"),
    ],
)
def test_an_unknown_name_is_answered_with_the_names_of_its_level(
    data: dict[str, Any], field: str, expected: str
) -> None:
    with pytest.raises(ValidationFailed) as caught:
        validated(Branch, data)
    detail = caught.value.details[0]
    assert (detail["field"], detail["expected"]) == (field, expected)
    assert caught.value.message.endswith(f"but received the unknown name '{field}'.")


def test_what_is_wrong_as_a_whole_is_answered_with_the_names_that_came() -> None:
    class Pair(Body):
        one: int | None = None
        other: int | None = None

        @model_validator(mode="after")
        def _together(self) -> Self:
            if (self.one is None) != (self.other is None):
                raise ValueError("expected one and other together")
            return self

    with pytest.raises(ValidationFailed) as caught:
        validated(Pair, {"one": 1234})
    assert caught.value.message == (
        "Invalid request: expected one and other together but received one."
    )
