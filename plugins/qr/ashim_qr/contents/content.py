"""What is in a code: a text as it is, or one of the things that scanners know what to do with."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from ashim_core.plugin import ToolSettings
from ashim_qr.contents.messages import Email, Geo, Sms
from ashim_qr.contents.vcard import Vcard
from ashim_qr.contents.wifi import Wifi
from ashim_qr.contents.wording import MOST, Number, Url, dialled

_KINDS = ("data", "url", "wifi", "vcard", "email", "phone", "sms", "geo")


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("no U+0000, at which many scanners end")
    return text


Data = Annotated[str, Field(min_length=1, max_length=MOST), AfterValidator(_without_nul)]
"""Any text."""


class Content(ToolSettings):
    """Exactly one of the things that a code can hold."""

    data: Data | None = Field(
        default=None,
        description="Any text: up to 7089 digits, 4296 letters of A to Z with digits, or 2953 "
        "bytes of UTF-8 at level L, about half of it at level H. Exactly one of data, url, wifi, "
        "vcard, email, phone, sms and geo is given.",
        examples=["https://example.org"],
    )
    url: Url | None = Field(
        default=None,
        description="An address of the web, with its scheme.",
        examples=["https://example.org"],
    )
    wifi: Wifi | None = Field(
        default=None,
        description="A wireless network to join.",
        examples=[dict(Wifi.example)],
    )
    vcard: Vcard | None = Field(
        default=None,
        description="Somebody's particulars (vCard 3.0).",
        examples=[dict(Vcard.example)],
    )
    email: Email | None = Field(
        default=None,
        description="A mail that is begun.",
        examples=[dict(Email.example)],
    )
    phone: Number | None = Field(
        default=None,
        description="A telephone number, best with a plus and the country in front.",
        examples=["+353 91 555 0100"],
    )
    sms: Sms | None = Field(
        default=None,
        description="A short message that is begun.",
        examples=[dict(Sms.example)],
    )
    geo: Geo | None = Field(
        default=None,
        description="A place on Earth.",
        examples=[dict(Geo.example)],
    )

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if sum(getattr(self, kind) is not None for kind in _KINDS) != 1:
            raise ValueError(f"exactly one of {', '.join(_KINDS[:-1])} and {_KINDS[-1]}")
        return self

    @property
    def text(self) -> str:
        """The text that goes into the code."""
        if self.phone is not None:
            return f"tel:{dialled(self.phone)}"
        things = (self.wifi, self.vcard, self.email, self.sms, self.geo)
        thing = next((thing for thing in things if thing), None)
        return thing.text if thing else self.data or self.url or ""
