"""The base of reports: names as on the wire, and nothing that JSON or a client couldn't hold."""

import math

import pytest
from pydantic import Field, ValidationError

from ashim_core.describe import report_schema
from ashim_core.plugin import Report


class Frame(Report):
    delay_ms: int = Field(description="In milliseconds.")


class Film(Report):
    frame_rate: float
    first_frame: Frame
    max_size_kb: int | None = None


def test_names_are_those_of_the_wire() -> None:
    film = Film(frame_rate=25, first_frame=Frame(delay_ms=40))
    assert film.model_dump(by_alias=True) == {
        "frameRate": 25,
        "firstFrame": {"delayMs": 40},
        "maxSizeKB": None,
    }


def test_its_schema_says_what_always_comes_and_has_words_for_titles() -> None:
    schema = report_schema(Film)
    assert schema["required"] == ["frameRate", "firstFrame"]
    assert schema["properties"]["frameRate"]["title"] == "Frame rate"
    assert schema["properties"]["firstFrame"]["properties"]["delayMs"]["title"] == "Delay ms"


@pytest.mark.parametrize("rate", [math.nan, math.inf])
def test_a_number_that_json_lacks_is_refused(rate: float) -> None:
    with pytest.raises(ValidationError):
        Film(frame_rate=rate, first_frame=Frame(delay_ms=40))


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ValidationError):
        Frame.model_validate({"delayMs": 40, "delay": 40})
