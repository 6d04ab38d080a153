"""When two names are the same, and when they only look the same."""

import itertools

import pytest

from ashim_core.errors import Conflict, ValidationFailed
from ashim_core.identity.names import compared, refuse_taken

SAME = [
    ("Ada", "ADA"),
    ("Ada", "\uff21\uff44\uff41"),  # full width
    ("Stra\u00dfe", "STRASSE"),
    ("caf\u00e9", "cafe\u0301"),
    ("Kim", "\u212aim"),  # the sign for kelvin
    ("\ufb01lm", "film"),  # a ligature
    ("x\u00b2", "x2"),
    ("\u0130", "i\u0307"),  # a capital I with a dot
]
DIFFERENT = ["Ada", "Adam", "\u00c4da", "\u0410da", "A da", "4da", ""]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_case_and_compatible_forms_do_not_count(one: str, other: str) -> None:
    assert compared(one) == compared(other)


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(DIFFERENT, 2)))
def test_other_names_stay_apart(one: str, other: str) -> None:
    assert compared(one) != compared(other)


@pytest.mark.parametrize("name", [name for pair in SAME for name in pair] + DIFFERENT)
def test_what_was_compared_stays_as_it_is(name: str) -> None:
    assert compared(compared(name)) == compared(name)


@pytest.mark.parametrize("name", ["Darkroom", "darkroom", "DARKROOM"])
def test_a_taken_name_is_a_conflict(name: str) -> None:
    with pytest.raises(Conflict) as caught:
        refuse_taken(name, ["Other", "Darkroom"], "team")
    assert caught.value.message == "There is a team 'Darkroom' already."
    assert caught.value.details == [{"field": "name", "expected": "a new name", "received": name}]


@pytest.mark.parametrize(
    "name",
    [
        "D\u0430rkroom",  # Cyrillic a
        "Darkr\u03bf\u03bfm",  # Greek o
        "\uff24arkroom",  # full width D
        "Darkr\u043eom",  # Cyrillic o
    ],
)
def test_a_name_that_looks_like_another_is_refused(name: str) -> None:
    with pytest.raises(ValidationFailed) as caught:
        refuse_taken(name, ["Darkroom"], "team")
    (detail,) = caught.value.details
    assert detail["field"] == "name"
    assert detail["received"].isascii(), "expected the difference to be visible"
    assert detail["received"].endswith("which looks like 'Darkroom'")


@pytest.mark.parametrize("name", ["Darkrooms", "Dark room", "Lightroom", "\u6697\u623f", "D"])
def test_another_name_is_free(name: str) -> None:
    refuse_taken(name, ["Darkroom", "\u5f71\u5ba4"], "team")


def test_where_nothing_is_taken_every_name_is_free() -> None:
    refuse_taken("Darkroom", [], "team")
