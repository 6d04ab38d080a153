"""Letters and messages that are begun for somebody, and where somebody or something is."""

import re
from urllib.parse import quote

from pydantic import Field

from ashim_core.plugin import ToolSettings
from ashim_qr.contents.wording import Address, Line, Lines, Number, dialled

_BREAK = re.compile(r"\r\n|\r|\n")


class Email(ToolSettings):
    """A mail that is begun. Source: RFC 6068."""

    example = {"to": "info@example.org", "subject": "Hello"}

    to: Address = Field(description="Whom it goes to.")
    subject: Line | None = Field(default=None, description="Its subject.")
    body: Lines | None = Field(default=None, description="What it says.")

    @property
    def text(self) -> str:
        """The text that scanners understand."""
        fields = {"subject": self.subject, "body": self.body}
        given = "&".join(f"{name}={_quoted(text)}" for name, text in fields.items() if text)
        return f"mailto:{quote(self.to, safe='@')}{f'?{given}' if given else ''}"


class Sms(ToolSettings):
    """A short message that is begun. Source: the notation of ZXing's "Barcode Contents"."""

    example = {"number": "+353 91 555 0100", "message": "Hello"}

    number: Number = Field(description="The number that it goes to.")
    message: Lines | None = Field(default=None, description="What it says.")

    @property
    def text(self) -> str:
        """The text that scanners understand."""
        return f"SMSTO:{dialled(self.number)}:{self.message or ''}"


class Geo(ToolSettings):
    """A place on Earth. Source: RFC 5870."""

    example = {"latitude": 53.2743, "longitude": -9.0490}

    latitude: float = Field(ge=-90, le=90, description="Degrees north of the equator.")
    longitude: float = Field(ge=-180, le=180, description="Degrees east of Greenwich.")

    @property
    def text(self) -> str:
        """The text that scanners understand; a millionth of a degree is 11 cm."""
        return f"geo:{_degrees(self.latitude)},{_degrees(self.longitude)}"


def _quoted(text: str) -> str:
    """Write a text so that it can stand in an address; lines end as in mail."""
    return quote(_BREAK.sub("\r\n", text), safe="")


def _degrees(value: float) -> str:
    return f"{round(value, 6) + 0:.6f}".rstrip("0").rstrip(".")  # no minus in front of a zero
