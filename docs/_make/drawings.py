"""The files that the examples start from: drawn, not shipped, and the same on every machine."""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import hypot

import pyvips

from ashim_core.cli.landscape import landscape
from ashim_core.colour import WHITE, Colour

_PAPER = Colour(247, 243, 232)
_LEFT_PEAK = ((20, 210), (128, 58), (236, 210))
_RIGHT_PEAK = ((104, 210), (222, 104), (340, 210))
_SNOW = ((100, 98), (128, 58), (158, 98))
_BLUE, _RED, _YELLOW = Colour(31, 78, 158), Colour(255, 0, 0), Colour(242, 183, 5)
_TAKEN = {
    "exif-ifd0-Make": "Aperture & Sons",
    "exif-ifd0-Model": "Model 2",
    "exif-ifd0-Artist": "Maria",
    "exif-ifd3-GPSLatitudeRef": "N",
    "exif-ifd3-GPSLatitude": "46/1 33/1 0/1",
    "exif-ifd3-GPSLongitudeRef": "E",
    "exif-ifd3-GPSLongitude": "8/1 6/1 0/1",
}


@dataclass(frozen=True)
class File:
    """A file that an example sends.

    says: what is seen on it, as a part of a sentence.  field: the form's field that it goes into.
    """

    name: str
    draw: Callable[[], bytes]
    says: str
    field: str = "file"

    @property
    def content(self) -> bytes:
        """The bytes of the file."""
        return _drawn(self.draw)


@cache
def _drawn(draw: Callable[[], bytes]) -> bytes:
    return draw()


@cache
def _scene() -> pyvips.Image:
    return landscape(900, 600).copy_memory()


def _photo() -> bytes:
    return _scene().jpegsave_buffer(Q=92)


def _portrait() -> bytes:
    """Cut an upright picture out of the landscape, in the colours of a morning."""
    cut = _scene().crop(360, 0, 480, 600)
    return (
        cut[2].bandjoin(cut[1]).bandjoin(cut[0]).copy(interpretation="srgb").jpegsave_buffer(Q=92)
    )


def _drawing() -> bytes:
    return _peaks(2.5).flatten(background=[*_PAPER[:3]]).pngsave_buffer()


def _logo() -> bytes:
    return _peaks(1).pngsave_buffer()


def _film() -> bytes:
    """Draw the sun as it rises, six frames of a fifth of a second."""
    frames = [
        _peaks(0.5, sun).flatten(background=[*_PAPER[:3]]) for sun in (160, 142, 125, 108, 90, 72)
    ]
    strip = pyvips.Image.arrayjoin(frames, across=1).copy()
    strip.set_type(pyvips.GValue.gint_type, "page-height", frames[0].height)
    strip.set_type(pyvips.GValue.gint_type, "loop", 0)
    strip.set_type(pyvips.GValue.array_int_type, "delay", [200] * len(frames))
    return strip.gifsave_buffer()


def _peaks(scale: float, sun: float = 72) -> pyvips.Image:
    """Draw two mountains and a red sun, transparent around them, 360 x 240 times the scale.

    sun: how far from the top it is.
    """
    grid = (pyvips.Image.xyz(round(360 * scale), round(240 * scale)) + 0.5) / scale
    shapes = (
        (_disc(grid, 262, sun, 38), _RED),
        (_polygon(grid, _RIGHT_PEAK), _BLUE),
        (_polygon(grid, _LEFT_PEAK), _BLUE),
        (_polygon(grid, _SNOW), WHITE),
        (_polygon(grid, ((14, 222), (14, 206), (346, 206), (346, 222))), _YELLOW),
    )
    picture = pyvips.Image.black(grid.width, grid.height, bands=4).copy(interpretation="srgb")
    for beyond, colour in shapes:
        alpha = (127.5 - beyond * scale * 255).cast("uchar")
        flat = alpha.new_from_image([*colour[:3]]).copy(interpretation="srgb")
        picture = picture.composite2(flat.bandjoin(alpha), "over")
    return picture.cast("uchar")


def _disc(grid: pyvips.Image, x: float, y: float, radius: float) -> pyvips.Image:
    """Say of each pixel how far outside of a disc it is, less than 0 inside."""
    return ((grid[0] - x) ** 2 + (grid[1] - y) ** 2) ** 0.5 - radius


def _polygon(grid: pyvips.Image, corners: Sequence[tuple[float, float]]) -> pyvips.Image:
    """Say the same of a convex polygon, its corners clockwise."""
    edges = [
        ((grid[0] - x) * (below - y) - (grid[1] - y) * (right - x)) / hypot(right - x, below - y)
        for (x, y), (right, below) in zip(corners, (*corners[1:], corners[0]), strict=True)
    ]
    return edges[0].bandrank(edges[1:], index=len(edges) - 1)


def _chart() -> bytes:
    """Draw fine rings above a ramp of greys and a ramp of all hues."""
    rings = pyvips.Image.zone(900, 360, uchar=True).copy(interpretation="b-w").colourspace("srgb")
    across = pyvips.Image.xyz(900, 120)[0] / 899
    grey = (across * 255).cast("uchar").copy(interpretation="b-w").colourspace("srgb")
    full = across * 0 + 255
    hues = (across * 255).bandjoin(full).bandjoin(full).cast("uchar").copy(interpretation="hsv")
    ramps = grey.join(hues.colourspace("srgb"), "vertical")
    return rings.join(ramps, "vertical").pngsave_buffer()


def _vector() -> bytes:
    """Write a sun over waves as SVG."""
    waves = "".join(
        f'<path d="M0 {y}q30-24 60 0t60 0 60 0 60 0 60 0 60 0v200H0Z" fill="{colour}"/>'
        for y, colour in ((150, "#4a7fb5"), (180, "#2f5f94"), (210, "#1f4470"))
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 360 240"><defs>'
        '<radialGradient id="sun"><stop stop-color="#ffe08a"/><stop offset="1" '
        'stop-color="#f28c28"/></radialGradient></defs><rect width="360" height="240" '
        'fill="#fbe9d0"/><circle cx="180" cy="120" r="70" fill="url(#sun)"/>'
        f"{waves}</svg>"
    ).encode()


def _document() -> bytes:
    """Put the landscape and its upright part on two pages."""
    from PIL import Image

    buffer = io.BytesIO()
    pages = [Image.open(io.BytesIO(draw())).convert("RGB") for draw in (_photo, _portrait)]
    for page in pages:
        page.thumbnail((450, 450))
    pages[0].save(buffer, "pdf", save_all=True, append_images=pages[1:], resolution=72)
    return buffer.getvalue()


_BARS = (
    *("0001101", "0011001", "0010011", "0111101", "0100011"),
    *("0110001", "0101111", "0111011", "0110111", "0001011"),
)
"""Of the digits on the left of an EAN-13 with odd parity; ISO/IEC 15420."""
_ARTICLE, _PARITY = "4012345678901", "LGLLGG"


def _label() -> bytes:
    """Print an EAN-13 on a slip of paper that lies on the landscape, a little askew."""
    right = [code.translate({48: "1", 49: "0"}) for code in _BARS]
    sides = {"L": _BARS, "G": tuple(code[::-1] for code in right)}
    digits = [int(digit) for digit in _ARTICLE[1:]]
    first = "".join(sides[side][digit] for side, digit in zip(_PARITY, digits[:6], strict=True))
    bars = f"101{first}01010{''.join(right[digit] for digit in digits[6:])}101"
    row = bytes(0 if bar == "1" else 255 for bar in f"{'0' * 10}{bars}{'0' * 10}")
    slip = pyvips.Image.new_from_array([list(row)]).cast("uchar").zoom(3, 120)
    slip = slip.copy(interpretation="b-w").colourspace("srgb")
    slip = slip.embed(0, 20, slip.width, slip.height + 40, extend="white").addalpha()
    return _scene().composite2(slip.rotate(-9), "over", x=240, y=180)[:3].pngsave_buffer()


def _retouched() -> bytes:
    """Put a second sun into the landscape."""
    sun = pyvips.Image.black(900, 600).draw_circle([255], 300, 120, 24, fill=True)
    return sun.ifthenelse([255, 240, 200], _scene()).cast("uchar").pngsave_buffer()


def _small_copy() -> bytes:
    return _scene().resize(0.4).jpegsave_buffer(Q=60)


def _from_a_camera(day: str, facts: Mapping[str, str] = _TAKEN) -> Callable[[], bytes]:
    def draw() -> bytes:
        picture = _scene().resize(0.5).copy()
        for name, text in {**facts, "exif-ifd2-DateTimeOriginal": f"{day} 20:58:07"}.items():
            picture.set_type(pyvips.GValue.gstr_type, name, text)
        return picture.jpegsave_buffer(Q=92)

    return draw


PHOTO = File("photo.jpg", _photo, "a landscape at sunset")
PORTRAIT = File("portrait.jpg", _portrait, "an upright part of it in cold colours")
DRAWING = File("drawing.png", _drawing, "a drawing in flat colours, with a red sun")
LOGO = File("logo.png", _logo, "a logo on a transparent ground")
CHART = File("chart.png", _chart, "a chart of fine rings, greys and hues")
RETOUCHED = File("retouched.png", _retouched, "the same one with a second sun", field="target")
FILM = File("sunrise.gif", _film, "an animation of a red sun that rises")
PICTURES: Mapping[str, File] = {
    "photo": PHOTO,
    "portrait": PORTRAIT,
    "drawing": DRAWING,
    "logo": LOGO,
    "chart": CHART,
    "from-camera": File("DSCN2041.jpg", _from_a_camera("2024:06:21"), "a photo with its metadata"),
    "from-camera-same-day": File(
        "DSCN2042.jpg", _from_a_camera("2024:06:21"), "another one of that day"
    ),
    "from-camera-later": File(
        "DSCN2047.jpg", _from_a_camera("2024:06:23"), "one of two days later"
    ),
    "retouched": RETOUCHED,
    "small-copy": File("copy.jpg", _small_copy, "a small copy of it"),
    "vector": File("waves.svg", _vector, "a vector drawing of a sun over waves"),
    "document": File("album.pdf", _document, "a document of two pages"),
    "label": File("label.png", _label, "a slip with a barcode"),
    "film": FILM,
}
"""What examples may send, by the words that stand for it in the files of the packages."""
SEVERAL = (PHOTO, PORTRAIT, DRAWING)
"""What tools of several files get, in this order, as many as they take."""
