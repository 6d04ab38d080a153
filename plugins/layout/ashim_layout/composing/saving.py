"""Writing the one picture that was made of many."""

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal

import pyvips
from pydantic import BeforeValidator

from ashim_core.plugin import Encoding, Pictures, Size
from ashim_layout.composing.refusal import out_of_memory


def _usual(value: object) -> object:
    if isinstance(value, str):
        return "jpeg" if value.lower() == "jpg" else value.lower()
    return value


Format = Annotated[Literal["png", "jpeg", "webp", "avif"], BeforeValidator(_usual)]
"""The formats that a result can have; `jpg` is understood."""


def check_size(pictures: Pictures, size: Size, encoding: Encoding, folder: Path) -> None:
    """Refuse a result that is too large, as saving it would, before anything is decoded."""
    blank = pyvips.Image.black(*size)
    # The limits are checked first; then there is no such folder, so nothing is ever computed.
    with suppress(pyvips.Error):
        pictures.save(blank, folder / "nowhere" / "result", encoding)


def saved(pictures: Pictures, picture: pyvips.Image, place: Path, encoding: Encoding) -> Path:
    """Write the result, whose pixels are computed: all that an encoder may want is room."""
    try:
        return pictures.save(picture, place, encoding)
    except pyvips.Error as error:
        if os.strerror(errno.ENOSPC) in str(error):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
        raise out_of_memory() from error
