"""The format of the one picture that is made of many."""

from typing import Annotated, Literal

from ashim_core.plugin import FORMAT_ALIASES

Format = Annotated[Literal["png", "jpeg", "webp", "avif"], FORMAT_ALIASES]
"""The formats that a result can have; `jpg` is understood."""
