"""Colours as people write them in settings."""

import re
from typing import Any, NamedTuple, Self

import webcolors
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

_HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})", re.IGNORECASE)

_LONGEST = 32
_EXPECTED = "expected #rgb, #rrggbb, #rrggbbaa, a CSS colour name or 'transparent'"


class Colour(NamedTuple):
    """An sRGB colour; each member is 0 to 255, and alpha 255 is opaque.

    In settings it is written `#rgb`, `#rrggbb`, `#rrggbbaa`, a CSS name or `transparent`.
    """

    red: int
    green: int
    blue: int
    alpha: int = 255

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a colour; `ValueError` says what is accepted."""
        if text.lower() == "transparent":
            return cls(0, 0, 0, 0)
        if _HEX.fullmatch(text):
            digits = text[1:]
            if len(digits) == 3:
                digits = "".join(digit * 2 for digit in digits)
            return cls(*bytes.fromhex(digits))
        try:
            named = webcolors.name_to_rgb(text)
        except ValueError:
            raise ValueError(_EXPECTED) from None
        return cls(named.red, named.green, named.blue)

    @property
    def opaque(self) -> bool:
        return self.alpha == 255

    @property
    def neutral(self) -> bool:
        """It is a grey, or black or white, which looks the same in every RGB colour space."""
        return self.red == self.green == self.blue

    @property
    def luminance(self) -> int:
        """The grey, 0 to 255, that looks as bright (Rec. 601 weights)."""
        return round(0.299 * self.red + 0.587 * self.green + 0.114 * self.blue)

    def __str__(self) -> str:
        if not self.alpha:
            return "transparent"
        digits = "".join(f"{value:02x}" for value in self)
        return f"#{digits[:6] if self.opaque else digits}"

    @classmethod
    def _read(cls, value: object) -> Self:
        if isinstance(value, cls):
            return value
        if not isinstance(value, str) or len(value) > _LONGEST:
            raise ValueError(_EXPECTED)
        return cls.parse(value)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._read, serialization=core_schema.to_string_ser_schema()
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "string", "maxLength": _LONGEST, "x-ui": "color"}


WHITE = Colour(255, 255, 255)
"""What shows through where nothing else is said."""
TRANSPARENT = Colour(0, 0, 0, 0)
"""Nothing: black that can't be seen."""
