"""The compression of GIF. Source: the GIF89a specification, section 22 and appendix F."""

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ashim_gif.encoder.packed import Indices

_LEAST = 2
"""Bits of the first codes: a picture of two colours has codes for four, too."""


def compressed(indices: "Indices", bits: int) -> bytes:
    """Compress the numbers of colours: the length of the first codes, blocks, and their end.

    bits: that hold the largest number, 1 to 8.
    """
    from PIL import Image, ImageFile

    bits = max(bits, _LEAST)
    image = Image.fromarray(indices)
    image.encoderconfig = (bits, False)
    blocks = io.BytesIO()
    # Saved by its usual way, Pillow would have the codes of every picture begin with 9 bits.
    ImageFile._save(image, blocks, [ImageFile._Tile("gif", (0, 0, *image.size), 0, "L")])
    return bytes((bits,)) + blocks.getvalue() + b"\0"
