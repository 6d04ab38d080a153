"""Somebody's particulars, as a vCard 3.0. Source: RFC 2426, sections 3 and 4."""

import re
from collections.abc import Iterator
from typing import Self

from pydantic import Field, model_validator

from ashim_core.plugin import ToolSettings
from ashim_qr.contents.wording import Address, Line, Lines, Number, Url

_SPECIAL = re.compile(r"([\\;,])")
_BREAK = re.compile(r"\r\n|\r|\n")


class PostalAddress(ToolSettings):
    """Where letters go."""

    example = {"street": "12 Quay Street", "city": "Galway", "country": "Ireland"}

    street: Line | None = Field(default=None, description="Street and number.")
    city: Line | None = Field(default=None, description="Town or city.")
    region: Line | None = Field(default=None, description="State, county or canton.")
    postal_code: Line | None = Field(default=None, description="Postal code.")
    country: Line | None = Field(default=None, description="Country.")


class Vcard(ToolSettings):
    """A person or an organization."""

    example = {"firstName": "Ada", "lastName": "Byrne", "email": "ada@example.org"}

    first_name: Line | None = Field(default=None, description="Given name.")
    last_name: Line | None = Field(default=None, description="Family name.")
    prefix: Line | None = Field(default=None, description="What stands before, such as Dr.")
    suffix: Line | None = Field(default=None, description="What stands behind, such as PhD.")
    organization: Line | None = Field(default=None, description="Company or association.")
    title: Line | None = Field(default=None, description="What they do there.")
    phone: Number | None = Field(default=None, description="Number of a telephone.")
    mobile: Number | None = Field(default=None, description="Number of a mobile phone.")
    email: Address | None = Field(default=None, description="Address of mail.")
    url: Url | None = Field(default=None, description="Address of a page, with https://.")
    address: PostalAddress | None = Field(default=None, description="Postal address.")
    note: Lines | None = Field(default=None, description="What else there is to say.")

    @model_validator(mode="after")
    def _named(self) -> Self:
        if not (self.first_name or self.last_name or self.organization):
            raise ValueError("a firstName, a lastName or an organization")
        return self

    @property
    def text(self) -> str:
        """The text that scanners understand."""
        return "".join(f"{line}\r\n" for line in self._lines())

    def _lines(self) -> Iterator[str]:
        names = (self.prefix, self.first_name, self.last_name, self.suffix)
        full = " ".join(name for name in names if name) or self.organization or ""
        yield from ("BEGIN:VCARD", "VERSION:3.0")
        yield f"N:{_joined(self.last_name, self.first_name, None, self.prefix, self.suffix)}"
        yield f"FN:{_escaped(full)}"
        for name, value in self._plain():
            if value:
                yield f"{name}:{_escaped(value)}"
        if self.url:
            yield f"URL:{self.url}"
        if self.address:
            yield f"ADR:{_place(self.address)}"
        yield "END:VCARD"

    def _plain(self) -> Iterator[tuple[str, str | None]]:
        yield "ORG", self.organization
        yield "TITLE", self.title
        yield "TEL;TYPE=VOICE", self.phone
        yield "TEL;TYPE=CELL", self.mobile
        yield "EMAIL", self.email
        yield "NOTE", self.note


def _place(place: PostalAddress) -> str:
    """Write an address; what comes first in it are a post office box and an addition."""
    return _joined(
        None, None, place.street, place.city, place.region, place.postal_code, place.country
    )


def _joined(*parts: str | None) -> str:
    return ";".join(_escaped(part or "") for part in parts)


def _escaped(text: str) -> str:
    return _BREAK.sub(r"\\n", _SPECIAL.sub(r"\\\1", text))
