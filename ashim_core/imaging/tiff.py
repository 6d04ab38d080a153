"""What the directories of a TIFF say of its pages and of how samples are stored.

Sources of the layout: TIFF Revision 6.0, sections 2, 8, 19 to 21, and the BigTIFF of libtiff.
"""

import mmap
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ashim_core.errors import FormatNotSupported, TooComplex
from ashim_core.imaging.structure import mapped

_ORIENTATION, _BITS, _KIND, _BANDS, _EXTRA = 274, 258, 339, 277, 338
_WIDTH, _HEIGHT, _COMPRESSION, _PHOTOMETRIC, _PLANES, _TILE = 256, 257, 259, 262, 284, 322
_WEIGHTS, _SUBSAMPLING, _RANGE = 529, 530, 532
_WANTED = frozenset(
    {
        *(_ORIENTATION, _BITS, _KIND, _BANDS, _EXTRA, _WIDTH, _HEIGHT, _COMPRESSION),
        *(_PHOTOMETRIC, _PLANES, _TILE, _WEIGHTS, _SUBSAMPLING, _RANGE),
    }
)
_TYPES = {1: "B", 2: "B", 3: "H", 4: "I", 5: "II", 7: "B", 16: "Q"}
"""How the numbers of a type are stored; rationals are two."""
_MOST_VALUES = 64
_MOST_TAGS = 4096
_LAST_UPRIGHT = 4
"""The orientations above it swap width and height."""

WHITE_IS_0, BLACK_IS_0, RGB, PALETTE, INKS, YCBCR, LAB = 0, 1, 2, 3, 5, 6, 8
_COLOURS = {WHITE_IS_0: 1, BLACK_IS_0: 1, RGB: 3, PALETTE: 1, INKS: 4, YCBCR: 3, LAB: 3}
"""Samples that a colour takes, by the photometric interpretations that can be read."""
UNSIGNED, SIGNED, FLOAT, UNDEFINED = 1, 2, 3, 4
_JPEGS = (6, 7)
_STRICT = (1, 8, 32_946, 50_001)
"""Compressions whose decoders fail for every missing pixel: none, Deflate twice, WebP. That of LZW
calls it a warning where the pixels are in tiles."""
_ALPHAS = (1, 2)
"""Meanings of extra samples: alpha that is multiplied into the colours, or isn't."""
_NAMES = {UNSIGNED: "unsigned", SIGNED: "signed", FLOAT: "floating-point", UNDEFINED: "plain"}


@dataclass(frozen=True)
class Samples:
    """How the pixels of a page are stored, in the numbers of the standard.

    bits: of each sample. kind: sample format. bands: samples of a pixel. extra: what those beyond
    the colour mean. weights: of red, green and blue in luma. range: black and white of each sample
    of YCbCr. subsampling: pixels across and down that share chroma.
    """

    photometric: int = BLACK_IS_0
    bits: int = 1
    kind: int = UNSIGNED
    bands: int = 1
    extra: tuple[int, ...] = ()
    compression: int = 1
    separate: bool = False
    tiled: bool = False
    weights: tuple[float, ...] = (0.299, 0.587, 0.114)
    range: tuple[float, ...] = (0, 255, 128, 255, 128, 255)
    subsampling: tuple[int, ...] = (2, 2)

    @property
    def colours(self) -> int:
        """How many samples make the colour; those behind it are extra."""
        return _COLOURS.get(self.photometric, self.bands)

    @property
    def alphas(self) -> tuple[int, ...]:
        """Which samples are alpha; a single extra one is taken for it, whatever it says."""
        if self.bands == self.colours + 1:
            return (self.colours,)
        return tuple(
            self.colours + index
            for index, meaning in enumerate(self.extra[: self.bands - self.colours])
            if meaning in _ALPHAS
        )

    @property
    def left_out(self) -> int:
        """How many samples are of no use."""
        return self.bands - self.colours - min(1, len(self.alphas))

    @property
    def warned_of(self) -> bool:
        """Whether its decoder calls missing pixels a warning, not an error."""
        return self.compression not in _STRICT

    @property
    def coded_by_jpeg(self) -> bool:
        """Whether its decoder turns YCbCr into RGB."""
        return self.compression in _JPEGS


@dataclass(frozen=True)
class Page:
    """A page: its size as stored, in pixels, its EXIF orientation, and how it is stored."""

    width: int
    height: int
    orientation: int
    samples: Samples

    @property
    def upright(self) -> tuple[int, int]:
        """Width and height as the page is seen."""
        if self.orientation > _LAST_UPRIGHT:
            return self.height, self.width
        return self.width, self.height


@dataclass(frozen=True)
class Tiff:
    """What the directories say; there is at least one page."""

    pages: tuple[Page, ...]

    @property
    def of_one_size(self) -> bool:
        """Whether all pages have one size, both as stored and as they are seen."""
        sizes = {(page.width, page.height, *page.upright) for page in self.pages}
        return len(sizes) == 1


def read_tiff(path: Path, most: int) -> Tiff | None:
    """Walk the pages of a file, which may be `most`; None where not even the first can be read.

    Raises TooComplex for more pages, and FormatNotSupported for samples that nothing here can
    turn into a picture.
    """
    directories = check_pages(path, most)
    if not directories:
        return None
    tiff = Tiff(tuple(_page(tags) for tags in directories))
    check_samples(tiff.pages[0].samples)
    return tiff


def check_pages(path: Path, most: int) -> list[Mapping[int, tuple[float, ...]]]:
    """Give the directories that can be read. Raises TooComplex for more than `most`."""
    with mapped(path) as data:
        directories = list(_directories(data, most + 1))
    if len(directories) > most:
        raise TooComplex(f"The TIFF has more than {most} pages: expected at most {most}.")
    return directories


def _directories(data: mmap.mmap, most: int) -> Iterator[Mapping[int, tuple[float, ...]]]:
    """Give the tags of each page that can be read; a loop of pages ends where it closes."""
    reader = _Reader(data)
    at, seen = reader.first(), set[int]()
    while at and at not in seen and len(seen) < most:
        seen.add(at)
        try:
            tags, at = reader.directory(at)
        except (struct.error, IndexError, ValueError, OverflowError):
            return
        yield tags


class _Reader:
    """Reads numbers in the order of bytes, and the width of offsets, of one file."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data = data
        self._order = "<" if data[:2] == b"II" else ">"
        self._big = data[2:4] in (b"+\0", b"\0+")
        self._offset = "Q" if self._big else "I"

    def _unpack(self, format: str, at: int) -> tuple[Any, ...]:
        return struct.unpack_from(self._order + format, self._data, at)

    def first(self) -> int:
        """Give the place of the first directory."""
        if len(self._data) < 16:
            return 0
        place: int = self._unpack(self._offset, 8 if self._big else 4)[0]
        return place

    def directory(self, at: int) -> tuple[dict[int, tuple[float, ...]], int]:
        """Give the tags that are of use, and the place of the next directory."""
        (count,) = self._unpack("Q" if self._big else "H", at)
        if count > _MOST_TAGS:
            raise ValueError("expected fewer tags")
        at += 8 if self._big else 2
        size = 20 if self._big else 12
        tags = {}
        for index in range(count):
            tag, kind, length = self._unpack("HH" + self._offset, at + size * index)
            if tag in _WANTED and kind in _TYPES:
                value = at + size * index + (12 if self._big else 8)
                tags[tag] = self._values(kind, min(length, _MOST_VALUES), value)
        (following,) = self._unpack(self._offset, at + size * count)
        return tags, following

    def _values(self, kind: int, count: int, at: int) -> tuple[float, ...]:
        format = _TYPES[kind] * count
        if struct.calcsize(self._order + format) > (8 if self._big else 4):
            (at,) = self._unpack(self._offset, at)
        numbers = self._unpack(format, at)
        if kind == 5:
            pairs = zip(numbers[::2], numbers[1::2], strict=True)
            return tuple(above / below if below else 0.0 for above, below in pairs)
        return numbers


def _page(tags: Mapping[int, tuple[float, ...]]) -> Page:
    orientation = _one(tags, _ORIENTATION, 1)
    return Page(
        _one(tags, _WIDTH, 0),
        _one(tags, _HEIGHT, 0),
        orientation if 1 <= orientation <= 8 else 1,
        _samples(tags),
    )


def _one(tags: Mapping[int, tuple[float, ...]], tag: int, default: int) -> int:
    values = tags.get(tag)
    return int(values[0]) if values else default


def _samples(tags: Mapping[int, tuple[float, ...]]) -> Samples:
    bands = _one(tags, _BANDS, 1)
    return Samples(
        photometric=_one(tags, _PHOTOMETRIC, BLACK_IS_0),
        bits=_same(tags.get(_BITS, (1,))[:bands]),
        kind=_same(tags.get(_KIND, (UNSIGNED,))[:bands]),
        bands=bands,
        extra=tuple(int(value) for value in tags.get(_EXTRA, ())),
        compression=_one(tags, _COMPRESSION, 1),
        separate=_one(tags, _PLANES, 1) == 2,
        tiled=_TILE in tags,
        weights=_exactly(3, tags.get(_WEIGHTS), Samples.weights),
        range=_exactly(6, tags.get(_RANGE), Samples.range),
        subsampling=_exactly(2, tags.get(_SUBSAMPLING), Samples.subsampling),
    )


def _same(values: tuple[float, ...]) -> int:
    """Give what all samples have; 0 if they differ."""
    return int(values[0]) if len(set(values)) == 1 else 0


def _exactly(
    count: int, values: tuple[Any, ...] | None, default: tuple[Any, ...]
) -> tuple[Any, ...]:
    return values if values is not None and len(values) == count else default


def check_samples(samples: Samples) -> None:
    """Raise FormatNotSupported for what libvips refuses, or reads as something else."""
    if problem := _problem(samples):
        raise FormatNotSupported(
            f"This kind of TIFF can't be read here: {problem}.",
            details=[
                {
                    "field": "file",
                    "expected": "samples of 1 to 32 unsigned bits or 16 to 32 bits of light",
                    "received": problem,
                }
            ],
        )


def _problem(samples: Samples) -> str:
    if samples.photometric not in _COLOURS:
        return f"its colours are of kind {samples.photometric}"
    if samples.bits == 0 or samples.kind == 0:
        return "its channels are stored in different ways"
    if samples.bands < samples.colours or (samples.photometric == PALETTE and samples.bands > 2):
        return f"it has {samples.bands} channels"
    if (samples.kind, samples.bits) not in _readable(samples):
        kind = _NAMES.get(samples.kind, "complex")
        return f"its samples are {kind} numbers of {samples.bits} bits"
    return _layout_problem(samples)


def _readable(samples: Samples) -> frozenset[tuple[int, int]]:
    """Give the kinds and depths that are read rightly for colours of a kind."""
    return _READABLE[samples.photometric] | (
        _LESS_THAN_BYTES if samples.bands == 1 else frozenset()
    )


_WHOLE = frozenset({(UNSIGNED, 8), (UNSIGNED, 16), (UNSIGNED, 32), (UNDEFINED, 8)})
_LESS_THAN_BYTES = frozenset({(UNSIGNED, 1), (UNSIGNED, 2), (UNSIGNED, 4)})
_LIGHT = frozenset({(FLOAT, 16), (FLOAT, 32)})
_READABLE = {
    WHITE_IS_0: _WHOLE,
    BLACK_IS_0: _WHOLE | _LIGHT,
    RGB: _WHOLE | _LIGHT,
    PALETTE: frozenset({(UNSIGNED, 8)}),
    INKS: _WHOLE,
    YCBCR: frozenset({(UNSIGNED, 8)}),
    LAB: frozenset({(UNSIGNED, 16), (SIGNED, 16), (FLOAT, 32)}),
}


def _layout_problem(samples: Samples) -> str:
    if samples.photometric == YCBCR and not samples.coded_by_jpeg:
        if samples.separate:
            return "its luma and chroma are stored apart"
        if samples.bands > samples.colours:
            return "its YCbCr has extra channels"
    if samples.separate and samples.tiled:
        return "its channels are stored apart, in tiles"
    if samples.separate and (
        samples.bands == 2 or samples.bits < 8 or (samples.kind, samples.bits) == (FLOAT, 16)
    ):
        return "its channels are stored apart"
    return ""
