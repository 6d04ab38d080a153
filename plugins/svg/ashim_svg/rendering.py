"""Drawings to pixels, by resvg."""

from dataclasses import dataclass

import pyvips

from ashim_core.plugin import DecodeFailed, Size, TooManyPixels, clean_svg
from ashim_svg.effort import check_effort
from ashim_svg.typefaces import MONOSPACE, SANS, font_files

MOST_PIXELS = 50_000_000
"""Of what is drawn in one piece: resvg holds its pixels several times."""
_USUAL = Size(300, 150)
"""In CSS, the size of what doesn't say its own."""


@dataclass(frozen=True)
class Drawing:
    """A drawing that was made harmless, and isn't too much to draw.

    size: in pixels of CSS, rounded up. has_text: typefaces are needed.
    """

    data: bytes
    size: Size
    has_text: bool


def read(data: bytes) -> Drawing:
    """Read a drawing. Raises what `clean_svg` raises, and TooComplex for one that is too much."""
    cleaned = clean_svg(data)
    size = Size(cleaned.width or _USUAL.width, cleaned.height or _USUAL.height)
    return Drawing(cleaned.data, size, check_effort(cleaned.data))


def check_pixels(size: Size) -> None:
    """Refuse a size at which no drawing is drawn."""
    if size.width * size.height > MOST_PIXELS:
        raise TooManyPixels(
            f"The drawing would have {size.width} x {size.height} pixels: expected at most "
            f"{MOST_PIXELS / 1e6:.0f} megapixels.",
            details=[
                {
                    "field": "width",
                    "expected": f"at most {MOST_PIXELS / 1e6:.0f} megapixels",
                    "received": f"{size.width} x {size.height}",
                }
            ],
        )


def drawn(drawing: Drawing, size: Size) -> pyvips.Image:
    """Draw at a size in pixels, stretched to it if need be: 8-bit sRGB with alpha."""
    import resvg_py  # noqa: PLC0415 - heavy

    check_pixels(size)
    fonts = font_files() if drawing.has_text else []
    try:
        png = resvg_py.svg_to_bytes(
            svg_string=drawing.data.decode(),
            width=size.width,
            height=size.height,
            dpi=96,
            # To look for those of the system takes long where there are many.
            skip_system_fonts=not drawing.has_text,
            font_files=fonts,
            font_family=SANS,
            sans_serif_family=SANS,
            serif_family=SANS,
            monospace_family=MONOSPACE,
        )
    except ValueError as error:
        raise DecodeFailed(f"The SVG can't be drawn: {error}.") from error
    image = pyvips.Image.pngload_buffer(png).copy_memory()
    if (image.width, image.height) != size:
        image = image.thumbnail_image(size.width, height=size.height, size="force")
    return image.copy(interpretation="srgb")
