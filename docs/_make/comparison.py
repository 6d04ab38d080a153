"""Puts pictures side by side: as they were, and as a tool made them."""

from collections.abc import Sequence
from math import ceil, sqrt

import pyvips

from docs._make.stage import Shown, Thing

PANEL, TALLEST = 360, 300
_GAP, _SMALL_GAP = 16, 6
_MAT = 236
"""A grey, so that white and transparent edges are seen."""
_LIGHT, _DARK, _SQUARE = 255, 218, 9
_FAR = 3
"""Pictures whose sizes differ by more than this factor are not shown on one scale."""
_MOST_BYTES = 24_000
_QUALITIES = (82, 74, 66, 58, 50, 40)


def comparison(shown: Shown) -> pyvips.Image:
    """Draw what an example started from beside what came out of it: one beside one on one scale."""
    both = (_pictures(shown, things) for things in (shown.before, shown.after))
    sides = [pictures for pictures in both if pictures]
    scales = [_scale(pictures, PANEL, TALLEST) for pictures in sides]
    if shown.example.detail is None:
        scales = [min(scale, 1) for scale in scales]
        one_each = all(len(pictures) == 1 for pictures in sides)
        if one_each and max(scales) <= min(scales) * _FAR:
            scales = [min(scales)] * len(sides)
    panels = [_panel(pictures, scale) for pictures, scale in zip(sides, scales, strict=True)]
    height = max(panel.height for panel in panels)
    framed = [_framed(panel, PANEL, height) for panel in panels]
    return pyvips.Image.arrayjoin(framed, shim=_GAP, background=[255])


def outcome(shown: Shown, width: int, height: int) -> pyvips.Image:
    """Draw what came out of an example, as large as fits into a box."""
    return boxed(_pictures(shown, shown.after), width, height)


def boxed(pictures: Sequence[pyvips.Image], width: int, height: int) -> pyvips.Image:
    """Draw some pictures as large as they fit into a box."""
    return _framed(_panel(pictures, _scale(pictures, width, height)), width, height)


def as_jpeg(image: pyvips.Image) -> bytes:
    """Write a picture as a JPEG that a page can carry, of the best quality that is small enough."""
    data = b""
    for quality in _QUALITIES:
        data = image.jpegsave_buffer(Q=quality, keep=0)
        if len(data) <= _MOST_BYTES:
            break
    return data


def _pictures(shown: Shown, things: Sequence[Thing]) -> list[pyvips.Image]:
    """Give the pictures among some files, or the detail of each that is to be seen."""
    pictures = [thing.picture for thing in things if thing.picture is not None]
    if shown.example.detail is None:
        return pictures
    left, top, width, height = shown.example.detail
    return [
        image.crop(
            *(round(image.width * left), round(image.height * top)),
            *(round(image.width * width), round(image.height * height)),
        )
        for image in pictures
    ]


def _scale(pictures: Sequence[pyvips.Image], width: int, height: int) -> float:
    """Work out how large some pictures can be to fit into a box, in rows and columns."""
    across, down = _grid(len(pictures))
    widest, highest = max(item.width for item in pictures), max(item.height for item in pictures)
    return min(
        (width - (across - 1) * _SMALL_GAP) / across / widest,
        (height - (down - 1) * _SMALL_GAP) / down / highest,
    )


def _panel(pictures: Sequence[pyvips.Image], scale: float) -> pyvips.Image:
    """Draw some pictures in rows and columns: on one scale, unless the small would be lost."""
    sides = [max(image.width, image.height) for image in pictures]
    alike = max(sides) <= min(sides) * _FAR
    scales = [scale if alike else min(1, scale * max(sides) / side) for side in sides]
    return pyvips.Image.arrayjoin(
        [_fitted(image, its) for image, its in zip(pictures, scales, strict=True)],
        across=_grid(len(pictures))[0],
        shim=_SMALL_GAP,
        background=[_MAT],
        halign="centre",
        valign="centre",
    )


def _framed(panel: pyvips.Image, width: int, height: int) -> pyvips.Image:
    return panel.gravity("centre", width, height, extend="background", background=[_MAT])


def _grid(count: int) -> tuple[int, int]:
    across = ceil(sqrt(count))
    return across, ceil(count / across)


def _fitted(image: pyvips.Image, scale: float) -> pyvips.Image:
    """Give a picture at a scale, in colours, on a checkerboard where it is transparent."""
    # Enlarged pixels stay squares: a detail is there to be looked at closely.
    kernel = "nearest" if scale > 1 else "lanczos3"
    image = image.colourspace("srgb")
    scale = max(scale, 1 / image.width, 1 / image.height)
    if not image.hasalpha():
        return image.resize(scale, kernel=kernel)
    small = image.premultiply().resize(scale, kernel=kernel).unpremultiply().cast("uchar")
    board = _checkerboard(small.width, small.height)
    return board.composite2(small, "over").cast("uchar").extract_band(0, n=3)


def _checkerboard(width: int, height: int) -> pyvips.Image:
    grid = pyvips.Image.xyz(width, height) // _SQUARE
    board = ((grid[0] + grid[1]) % 2).ifthenelse(_DARK, _LIGHT).cast("uchar")
    return board.copy(interpretation="b-w").colourspace("srgb")
