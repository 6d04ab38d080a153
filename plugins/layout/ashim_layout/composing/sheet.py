"""The canvas that pictures are put on, one after the other, so that only one is decoded at once."""

from mmap import mmap
from tempfile import TemporaryFile

import pyvips

from ashim_core.plugin import Colour, Size, canvas

_PART = 4 * 1024 * 1024
"""Bytes of a picture that are computed at once."""
_LARGE = 32 * 1024 * 1024
"""Bytes of a canvas from which on it is a file, which has no name: encoders need the memory."""


class Sheet:
    """A canvas of one colour at first.

    coloured: something coloured comes in; else it is grey, unless the background is coloured.
    """

    def __init__(self, size: Size, background: Colour, *, coloured: bool) -> None:
        self.size, self.background = size, background
        self._coloured = coloured or not background.neutral
        fill = canvas.fill_values(self._plain(Size(1, 1)), background)
        self._pixels = _room(bytes(map(int, fill * size.width)), size.height)
        self._bands = len(fill)

    def ready(self, picture: pyvips.Image) -> pyvips.Image:
        """Show the background through a picture, which gets the bands of the canvas."""
        if self._coloured and picture.bands < 3:
            picture = picture.colourspace("srgb")
        elif picture.bands >= 3 and not self._coloured:
            picture = picture.colourspace("b-w")
        if not picture.hasalpha():
            return canvas.ready_for(picture, self.background)
        if self.background.opaque:
            return picture.flatten(background=canvas.fill_values(picture, self.background)[:-1])
        if not self.background.alpha:
            return picture
        size = Size(picture.width, picture.height)
        return canvas.lay(self._plain(size), picture, 0, 0)

    def put(self, picture: pyvips.Image, left: int, top: int) -> None:
        """Compute a picture, which is `ready`, and put it where it lies wholly on the canvas."""
        rows = max(1, _PART // (picture.width * self._bands))
        for first in range(0, picture.height, rows):
            part = picture.crop(0, first, picture.width, min(rows, picture.height - first))
            self._copy(memoryview(part.write_to_memory()), part.width, left, top + first)

    def image(self) -> pyvips.Image:
        """Give the canvas as a picture."""
        image = pyvips.Image.new_from_memory(
            memoryview(self._pixels), *self.size, self._bands, "uchar"
        )
        return image.copy(interpretation="srgb" if self._coloured else "b-w")

    def _plain(self, size: Size) -> pyvips.Image:
        """Draw a picture of the background alone, in the bands of the canvas."""
        plain = pyvips.Image.black(*size, bands=3 if self._coloured else 1)
        plain = plain.copy(interpretation="srgb" if self._coloured else "b-w")
        plain = canvas.ready_for(plain, self.background)
        values = canvas.fill_values(plain, self.background)
        return plain.linear([0], values, uchar=True)

    def _copy(self, pixels: memoryview, width: int, left: int, top: int) -> None:
        row = width * self._bands
        stride = self.size.width * self._bands
        target = top * stride + left * self._bands
        for source in range(0, len(pixels), row):
            self._pixels[target : target + row] = pixels[source : source + row]
            target += stride


def _room(row: bytes, rows: int) -> bytearray | mmap:
    """Make room for pixels, and fill it with equal rows."""
    if len(row) * rows <= _LARGE:
        return bytearray(row) * rows
    with TemporaryFile() as file:
        # Written, not only made as long: a full disk shows here, and not when a page is used.
        for _ in range(rows):
            file.write(row)
        file.flush()
        return mmap(file.fileno(), 0)
