"""What the structure of a file tells where its codec does not: passes, frames, a cut end."""

import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ashim_core.errors import DecodeFailed, TooComplex
from ashim_core.limits import Limits

_SOS = b"\xff\xda"
_STANDALONE = frozenset({0x00, 0x01, *range(0xD0, 0xD8), 0xFF})
"""Second bytes after 0xFF that don't open a JPEG segment: stuffing, TEM, restarts, fill."""

_GIF_SCREEN_END = 13
_GIF_TRAILER, _GIF_EXTENSION, _GIF_FRAME = 0x3B, 0x21, 0x2C
_GIF_FRAME_HEADER = 10
_GIF_CONTROL = 0xF9
_GIF_RESTORES = 3
"""The way of a frame to go that leaves what was there before it, which may be nothing."""
_SEE_THROUGH = bytes.fromhex("21f9040100000000 2c00000000010001000002024401 003b")
"""A frame of one pixel that is transparent, and the end of the file."""


def check_jpeg(path: Path, limits: Limits) -> None:
    """Count the scans: each one costs a pass over all pixels, however few bytes it has.

    Raises TooComplex. Most files have fewer start-of-scan byte pairs than the limit, so the exact
    walk is rare.
    """
    with mapped(path) as data:
        if _pairs(data, limits.scans) > limits.scans and _scans(data) > limits.scans:
            raise TooComplex(
                f"The progressive JPEG has too many scans: expected at most {limits.scans}."
            )


def check_gif(path: Path, limits: Limits) -> bool:
    """Count the frames, no further than the limit, and see that the last block is whole.

    Says whether part of the canvas is left open though no frame speaks of transparency: the
    decoder would make that black. Raises TooComplex, or DecodeFailed for a file that is cut off:
    the decoder would fill the missing end with whatever it has, without a word.
    """
    with mapped(path) as data:
        try:
            return _walk_gif(data, limits).open
        except IndexError:
            raise DecodeFailed("The GIF picture can't be decoded: it is cut off.") from None


def gif_with_alpha(path: Path) -> bytes:
    """Give a GIF with one more frame, which makes its decoder give the frames before it alpha."""
    return path.read_bytes().rstrip(b"\0").removesuffix(bytes([_GIF_TRAILER])) + _SEE_THROUGH


@contextmanager
def mapped(path: Path) -> Iterator[mmap.mmap]:
    """Give the bytes of a file without reading it."""
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        yield data


def _pairs(data: mmap.mmap, enough: int) -> int:
    count, at = 0, data.find(_SOS)
    while at >= 0 and count <= enough:
        count, at = count + 1, data.find(_SOS, at + 2)
    return count


def _scans(data: mmap.mmap) -> int:
    """Walk the marker segments, so that thumbnails inside of segments don't count."""
    count, at = 0, 2
    while 0 <= (at := data.find(b"\xff", at)) < len(data) - 3:
        marker = data[at + 1]
        if marker in _STANDALONE:
            at += 1 if marker == 0xFF else 2
            continue
        count += marker == _SOS[1]
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return count


class _Canvas:
    """Follows which part of the canvas of a GIF is covered.

    open: some of it is not, at some time, and no frame is transparent.
    """

    def __init__(self, data: mmap.mmap) -> None:
        self._size = data[6:10]
        self._control = 0
        self._cleared = True
        self._left_open = self._transparent = False

    def control(self, flags: int) -> None:
        """Take what is said of the next frame: whether it is transparent, and how it goes."""
        self._control = flags
        self._transparent = self._transparent or bool(flags & 1)

    def frame(self, place: bytes) -> None:
        """Take a frame: left, top, width and height."""
        whole = place == bytes(4) + self._size
        self._left_open = self._left_open or (self._cleared and not whole)
        self._cleared = self._cleared and (self._control >> 2) & 7 == _GIF_RESTORES
        self._control = 0

    @property
    def open(self) -> bool:
        return self._left_open and not self._transparent


def _walk_gif(data: mmap.mmap, limits: Limits) -> _Canvas:
    frames, canvas = 0, _Canvas(data)
    at = _GIF_SCREEN_END + _colour_table(data[_GIF_SCREEN_END - 3])
    while at < len(data) and data[at] != _GIF_TRAILER:
        if data[at] == _GIF_EXTENSION:
            if data[at + 1] == _GIF_CONTROL:
                canvas.control(data[at + 3])
            at = _after_blocks(data, at + 2)
        elif data[at] == _GIF_FRAME:
            frames += 1
            if frames > limits.frames:
                raise TooComplex(
                    f"The animation has too many frames: expected at most {limits.frames}."
                )
            canvas.frame(data[at + 1 : at + 9])
            table = _colour_table(data[at + _GIF_FRAME_HEADER - 1])
            at = _after_blocks(data, at + _GIF_FRAME_HEADER + table + 1)
        else:
            break  # stray bytes between blocks: the decoder's business
    return canvas


def _colour_table(flags: int) -> int:
    """Give the size in bytes of the colour table that follows a header with these flags."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _after_blocks(data: mmap.mmap, at: int) -> int:
    """Skip length-prefixed blocks up to and with the empty one that ends them."""
    while length := data[at]:
        at += length + 1
    return at + 1
