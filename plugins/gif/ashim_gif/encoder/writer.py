"""Writes a film as a GIF, a frame at a time."""

import shutil
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import pyvips

from ashim_gif.encoder import blocks
from ashim_gif.encoder.changes import Change, change
from ashim_gif.encoder.drawn import drawn
from ashim_gif.encoder.hundredths import hundredths
from ashim_gif.encoder.packed import packed
from ashim_gif.encoder.reduction import Reduced, Reduction
from ashim_gif.encoder.table import Table

if TYPE_CHECKING:
    from ashim_gif.encoder.packed import Packed


class Ways(NamedTuple):
    """How a film is written.

    colours: the most of one frame, 2 to 256. dither: of what has more, 0 to 1. effort: 1 to 10.
    """

    colours: int = 256
    dither: float = 1
    effort: int = 7


def write_gif(
    path: Path, frames: Iterable[pyvips.Image], delays: Sequence[int], loop: int, ways: Ways
) -> int:
    """Write a GIF; say how many of its frames had to be brought to fewer colours.

    A frame that adds no more colours than allowed is written as it is, pixel by pixel.

    frames: as many as there are delays, all of one size, 8-bit sRGB or grey; each is computed once,
    in their order. delays: in milliseconds. loop: how often it plays; 0 is for ever.
    """
    scratch = path.with_suffix(".blocks")
    with scratch.open("w+b") as file:
        writer = _Writer(file, ways)
        shown = map(packed, frames)
        now = next(shown)
        size = now.shape[1], now.shape[0]
        times = hundredths(delays)
        for following in chain(shown, [None]):
            writer.add(now, following, next(times))
            if following is not None:
                now = following
        file.seek(0)
        with path.open("wb") as whole:
            whole.write(blocks.head(size, writer.table))
            whole.write(blocks.loop(loop) if len(delays) > 1 else b"")
            shutil.copyfileobj(file, whole)
            whole.write(blocks.TRAILER)
    scratch.unlink()
    return writer.reduced


class _Writer:
    """The blocks of a film.

    table: of the whole film. reduced: how many frames were brought to fewer colours.
    """

    def __init__(self, file: BinaryIO, ways: Ways) -> None:
        self._file, self._ways = file, ways
        self._reduction = Reduction(*ways)
        self._canvas: Packed | None = None
        self._shared = b""
        self.table = Table()
        self.reduced = 0

    def add(self, now: "Packed", following: "Packed | None", time: int) -> None:
        """Write a frame. following: the one after it; time: in hundredths of a second."""
        found = change(self._canvas, now, following)
        own, transparent, data = self._exact(found) or self._in_fewer_colours(found)
        self._file.write(blocks.control(time, transparent, clears=found.clears))
        self._file.write(blocks.place(found.box, own) + data)
        self._canvas = now * 0 if found.clears else now

    def _exact(self, found: Change) -> Reduced | None:
        """Compress a frame as it is. Its table is empty if it is that of the film."""
        frame = drawn(found, self.table, self._ways.effort, self._ways.colours)
        if frame is None:
            return None
        if frame.shared:
            self.table = frame.table
        own = b"" if frame.shared else frame.table.data
        return Reduced(own, frame.table.transparent, frame.data)

    def _in_fewer_colours(self, found: Change) -> Reduced:
        """Compress a frame in few colours; the first of its palettes is shared if it can be."""
        self.reduced += 1
        frame = self._reduction.reduced(found)
        if not len(self.table):
            self.table, self._shared = Table.of(frame.table, frame.transparent), frame.table
        return frame._replace(table=b"") if frame.table == self._shared else frame
