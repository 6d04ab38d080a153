"""A wireless network to join.

Source: the notation of ZXing's "Barcode Contents", which phones have taken over.
"""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from ashim_core.plugin import ToolSettings
from ashim_qr.contents.wording import Line

_LONGEST_NAME = 32
_KEY = re.compile(r"[\x20-\x7e]{8,63}|[0-9A-Fa-f]{64}")
_SPECIAL = re.compile(r'([\\;,":])')


def _short_enough(name: str) -> str:
    if len(name.encode()) > _LONGEST_NAME:
        raise ValueError(f"a name of at most {_LONGEST_NAME} bytes")
    return name


class Wifi(ToolSettings):
    """The network, and what it takes to join it."""

    example = {"ssid": "Guests", "password": "welcome here"}

    ssid: Annotated[Line, AfterValidator(_short_enough)] = Field(
        description="The name of the network, at most 32 bytes."
    )
    password: Line | None = Field(
        default=None,
        description="Its password. WPA: 8 to 63 letters, digits and signs of ASCII, or 64 "
        "hexadecimal digits.",
    )
    encryption: Literal["WPA", "WEP", "nopass"] = Field(
        default="WPA",
        description="WPA: WPA, WPA2 and WPA3 with a password. nopass: an open network.",
    )
    hidden: bool = Field(default=False, description="The network doesn't tell its name.")

    @model_validator(mode="after")
    def _with_its_password(self) -> Self:
        if (self.password is None) != (self.encryption == "nopass"):
            raise ValueError(
                "a password, or encryption=nopass"
                if self.password is None
                else "no password with encryption=nopass"
            )
        if self.encryption == "WPA" and not _KEY.fullmatch(self.password or ""):
            raise ValueError(
                "a password of 8 to 63 characters of ASCII, or of 64 hexadecimal digits, for WPA"
            )
        return self

    @property
    def text(self) -> str:
        """The text that scanners understand."""
        parts = [f"T:{self.encryption}", f"S:{_escaped(self.ssid)}"]
        if self.password is not None:
            parts.append(f"P:{_escaped(self.password)}")
        if self.hidden:
            parts.append("H:true")
        return f"WIFI:{''.join(f'{part};' for part in parts)};"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)
