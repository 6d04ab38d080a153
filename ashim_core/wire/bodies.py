"""What travels as JSON besides tool settings: bodies that come in, records that go out."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Body(BaseModel):
    """Base of what a caller sends: strict, and unknown names are refused."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
    )


class Query(Body):
    """Base of the parameters behind the question mark: text that is read as what it should be."""

    model_config = ConfigDict(strict=False)


class Record(BaseModel):
    """Base of what an answer holds."""

    model_config = ConfigDict(
        frozen=True, alias_generator=to_camel, validate_by_name=True, validate_by_alias=True
    )


class Ok(Record):
    """It is done."""

    ok: bool = True


_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories: control, format, surrogate, private, unassigned, line and paragraph ends."""


def _one_line(text: str) -> str:
    """Bring text to one form, and refuse what can't be seen or would break a line."""
    if any(unicodedata.category(char) in _UNSEEN for char in text):
        raise ValueError("expected text without control characters or invisible ones")
    return unicodedata.normalize("NFC", text)


def _named(text: str) -> str:
    text = text.strip()
    if not text:
        raise ValueError("expected at least one visible character")
    return text


def clamped(low: int, high: int) -> AfterValidator:
    """Make an integer beyond either end of a range that end: `Annotated[int, clamped(1, 100)]`."""
    return AfterValidator(lambda value: min(max(value, low), high))


OneLine = AfterValidator(_one_line)
"""Makes a text one line, in Unicode form NFC: `Annotated[str, Field(max_length=40), OneLine]`."""

Name = Annotated[str, Field(max_length=50), OneLine, AfterValidator(_named)]
"""What people call something: one line, no spaces around it, 1 to 50 characters."""
