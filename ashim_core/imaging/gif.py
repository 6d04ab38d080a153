"""What the blocks of a GIF tell where its decoder does not: frames, an open canvas, a cut end."""

import mmap
from pathlib import Path

from ashim_core.errors import DecodeFailed, TooComplex
from ashim_core.imaging.structure import Edit, mapped
from ashim_core.limits import Limits

_SCREEN_END = 13
_TRAILER, _EXTENSION, _FRAME = 0x3B, 0x21, 0x2C
_FRAME_HEADER = 10
_CONTROL = 0xF9
_RESTORES = 3
"""The way of a frame to go that leaves what was there before it, which may be nothing."""
_SEE_THROUGH = bytes.fromhex("21f9040100000000 2c00000000010001000002024401 003b")
"""A frame of one pixel that is transparent, and the end of the file."""


def check_gif(path: Path, limits: Limits) -> tuple[Edit, ...]:
    """Count the frames, no further than the limit, and see that the last block is whole.

    If part of the canvas is left open though no frame speaks of transparency, its decoder makes
    that black; then the edit is given by which it gives the frames alpha. Raises TooComplex, or
    DecodeFailed for a file that is cut off: the decoder would fill the missing end with whatever
    it has, without a word.
    """
    with mapped(path) as data:
        try:
            canvas = _walk(data, limits)
        except IndexError:
            raise DecodeFailed("The GIF picture can't be decoded: it is cut off.") from None
        return (Edit(canvas.end, len(data), _SEE_THROUGH),) if canvas.open else ()


class _Canvas:
    """Follows which part of the canvas of a GIF is covered.

    open: some of it is not, at some time, and no frame is transparent. end: of the last block.
    """

    def __init__(self, data: mmap.mmap) -> None:
        self._size = data[6:10]
        self._control = 0
        self._cleared = True
        self._left_open = self._transparent = False
        self.end = 0

    def control(self, flags: int) -> None:
        """Take what is said of the next frame: whether it is transparent, and how it goes."""
        self._control = flags
        self._transparent = self._transparent or bool(flags & 1)

    def frame(self, place: bytes) -> None:
        """Take a frame: left, top, width and height."""
        whole = place == bytes(4) + self._size
        self._left_open = self._left_open or (self._cleared and not whole)
        self._cleared = self._cleared and (self._control >> 2) & 7 == _RESTORES
        self._control = 0

    @property
    def open(self) -> bool:
        return self._left_open and not self._transparent


def _walk(data: mmap.mmap, limits: Limits) -> _Canvas:
    frames, canvas = 0, _Canvas(data)
    at = _SCREEN_END + _colour_table(data[_SCREEN_END - 3])
    while at < len(data) and data[at] != _TRAILER:
        if data[at] == _EXTENSION:
            if data[at + 1] == _CONTROL:
                canvas.control(data[at + 3])
            at = _after_blocks(data, at + 2)
        elif data[at] == _FRAME:
            frames += 1
            if frames > limits.frames:
                raise TooComplex(
                    f"The animation has too many frames: expected at most {limits.frames}."
                )
            canvas.frame(data[at + 1 : at + 9])
            table = _colour_table(data[at + _FRAME_HEADER - 1])
            at = _after_blocks(data, at + _FRAME_HEADER + table + 1)
        else:
            break  # stray bytes between blocks: the decoder's business
    canvas.end = at
    return canvas


def _colour_table(flags: int) -> int:
    """Give the size in bytes of the colour table that follows a header with these flags."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _after_blocks(data: mmap.mmap, at: int) -> int:
    """Skip length-prefixed blocks up to and with the empty one that ends them."""
    while length := data[at]:
        at += length + 1
    return at + 1
