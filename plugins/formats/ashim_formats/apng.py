"""APNG, the animated PNG: read and written frame by frame, put together as browsers do.

Source: PNG Specification, third edition, section 4.9 and 11.3.6.
"""

import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import pyvips

from ashim_core.plugin import (
    Codec,
    Cost,
    Numbers,
    Probe,
    Raster,
    ToolError,
    Writing,
    beyond_screens,
    colours_in,
    hookimpl,
    is_srgb,
    profile_of,
    to_numpy,
)
from ashim_formats.chunks import (
    SIGNATURE,
    Chunk,
    Control,
    chunk,
    compressed,
    control,
    control_of,
    data_of,
    is_animated,
    walk,
)
from ashim_formats.pixels import picture

if TYPE_CHECKING:
    from ashim_formats.pixels import Pixels

_SHARED = frozenset({b"PLTE", b"tRNS"})
"""Chunks that every frame needs besides the header."""
_COLOURS = frozenset({b"cICP", b"sRGB", b"gAMA", b"cHRM"})
_NEEDED = _SHARED | _COLOURS | {b"IHDR", b"acTL", b"fcTL", b"iCCP"}
_MOST_CHUNKS = 100_000
_LARGEST_PROFILE = 4 * 1024 * 1024
_KEEP, _CLEAR, _PREVIOUS = 0, 1, 2
_SOURCE, _OVER = 0, 1
_DELAY_MS, _LONGEST_DELAY = 100, 65_535


class _Frame(NamedTuple):
    """How one frame is put down, and where its compressed pixels lie."""

    control: Control
    parts: list[Chunk]


@dataclass
class _Animation:
    """A file whose chunks have been walked.

    shared: what each frame needs to be a PNG. colours: chunks that describe them by numbers.
    """

    header: bytes = b""
    shared: bytes = b""
    embedded: bytes | None = None
    colours: dict[bytes, bytes] = field(default_factory=dict)
    announced: int = 0
    loop: int = 0
    frames: list[_Frame] = field(default_factory=list)

    @property
    def size(self) -> tuple[int, int]:
        width, height = struct.unpack_from(">II", self.header)
        return width, height

    @property
    def numbers(self) -> Numbers | None:
        """What describes the colours by numbers and isn't beaten by a profile."""
        found = colours_in(self.colours)
        return None if self.embedded and not found.over_profile else found.numbers

    @property
    def profile(self) -> bytes | None:
        """The profile of the colours: embedded, or made of numbers."""
        return profile_of(self.numbers) if self.numbers else self.embedded


def _walked(file: BinaryIO) -> _Animation:
    """Find the frames. A first picture without a description is for others, not a frame."""
    animation = _Animation()
    for count, item in enumerate(walk(file)):
        if count > _MOST_CHUNKS:
            raise ToolError(
                f"The PNG has more chunks than {_MOST_CHUNKS}: expected fewer.", code="TOO_COMPLEX"
            )
        if item.name in {b"IDAT", b"fdAT"}:
            if animation.frames:
                animation.frames[-1].parts.append(item)
        elif item.name in _NEEDED:
            _note(animation, item.name, data_of(file, item))
    return animation


def _note(animation: _Animation, name: bytes, data: bytes) -> None:
    if name == b"IHDR":
        animation.header = data
    elif name == b"acTL":
        animation.announced, animation.loop = struct.unpack(">II", data)
    elif name == b"fcTL":
        animation.frames.append(_Frame(control_of(data), []))
    elif name == b"iCCP":
        animation.embedded = _unpacked(data)
    elif name in _COLOURS:
        animation.colours[name] = data
    else:
        animation.shared += chunk(name, data)


def _unpacked(data: bytes) -> bytes | None:
    """Give the ICC profile, which lies compressed behind its name; only one for RGB is of use."""
    _, _, packed = data.partition(b"\0")
    profile = zlib.decompressobj().decompress(packed[1:], _LARGEST_PROFILE)
    return profile if profile[16:20] == b"RGB " else None


def probe(path: Path) -> Probe:
    """Walk the chunks; the frames that are there are counted, whatever the file says."""
    with path.open("rb") as file:
        animation = _walked(file)
    width, height = animation.size
    if len(animation.frames) != animation.announced:
        raise ValueError("expected as many frames as the file announces")
    bits = max(8, animation.header[8])
    profile = animation.profile
    return Probe(
        width,
        height,
        4,
        frames=len(animation.frames),
        bits=bits,
        wide=profile is not None and not is_srgb(profile),
        range=beyond_screens(animation.numbers),
    )


def read(path: Path, all_frames: bool) -> Raster:
    """Decode the frames and put each down on what the ones before it left."""
    with path.open("rb") as file:
        animation = _walked(file)
        wanted = animation.frames if all_frames else animation.frames[:1]
        shown = tuple(_composed(file, animation, wanted))
    delays = tuple(frame.control.milliseconds for frame in wanted)
    return Raster(shown, animation.profile, delays, animation.loop)


def _composed(
    file: BinaryIO, animation: _Animation, frames: Iterable[_Frame]
) -> Iterator[pyvips.Image]:
    import numpy

    width, height = animation.size
    canvas = numpy.zeros((height, width, 4), numpy.uint8)
    for index, frame in enumerate(frames):
        place = _place(frame.control, width, height)
        before = canvas[place].copy()
        pixels = _pixels(file, animation, frame)
        canvas[place] = _over(pixels, before) if frame.control.blend == _OVER else pixels
        yield picture(canvas, "srgb")
        if frame.control.disposal == _CLEAR or (
            # There is nothing before the first frame.
            frame.control.disposal == _PREVIOUS and index == 0
        ):
            canvas[place] = 0
        elif frame.control.disposal == _PREVIOUS:
            canvas[place] = before


def _place(item: Control, width: int, height: int) -> tuple[slice, slice]:
    right, bottom = item.left + item.width, item.top + item.height
    if not (item.width and item.height and right <= width and bottom <= height):
        raise ValueError("expected a frame to lie inside the picture")
    return slice(item.top, bottom), slice(item.left, right)


def _pixels(file: BinaryIO, animation: _Animation, frame: _Frame) -> "Pixels":
    """Decode one frame, as the PNG that it would be by itself."""
    import numpy

    image = _standalone(file, animation, frame)
    if image.format == "ushort":
        image = (image >> 8).cast("uchar")
    pixels = to_numpy(image)
    alpha = pixels[:, :, -1:] if image.hasalpha() else numpy.full_like(pixels[:, :, :1], 255)
    colours = pixels[:, :, :3] if image.bands > 2 else numpy.repeat(pixels[:, :, :1], 3, axis=2)
    return numpy.concatenate([colours, alpha], axis=2)


def _standalone(file: BinaryIO, animation: _Animation, frame: _Frame) -> pyvips.Image:
    sizes = struct.pack(">II", frame.control.width, frame.control.height)
    data = b"".join(
        # All frames but the first have a number before each part of their pixels.
        data_of(file, part)[4 if part.name == b"fdAT" else 0 :]
        for part in frame.parts
    )
    png = b"".join(
        (
            SIGNATURE,
            chunk(b"IHDR", sizes + animation.header[8:]),
            animation.shared,
            chunk(b"IDAT", data),
            chunk(b"IEND", b""),
        )
    )
    return pyvips.Image.pngload_buffer(png, fail_on="warning").copy_memory()


def _over(top: "Pixels", below: "Pixels") -> "Pixels":
    """Put colours with alpha over others, both not multiplied by it."""
    import numpy

    above = top[:, :, 3:].astype(numpy.float32) / 255
    under = below[:, :, 3:].astype(numpy.float32) / 255 * (1 - above)
    alpha = above + under
    weight = numpy.divide(above, alpha, out=numpy.zeros_like(alpha), where=alpha > 0)
    colours = below[:, :, :3] + (top[:, :, :3].astype(numpy.float32) - below[:, :, :3]) * weight
    return numpy.concatenate([colours, 255 * alpha], axis=2).round().astype(numpy.uint8)


def write(writing: Writing) -> None:
    """Write the frames; of each after the first only the part that differs from the one before."""
    header = writing.frames[0].pngsave_buffer(keep=0)[16:29]
    with writing.path.open("wb") as file:
        file.write(SIGNATURE + chunk(b"IHDR", header))
        file.write(chunk(b"acTL", struct.pack(">II", len(writing.frames), writing.loop)))
        before = None
        for index, frame in enumerate(writing.frames):
            now = to_numpy(frame)
            delay = writing.delays[index] if index < len(writing.delays) else _DELAY_MS
            file.write(_frame(frame, _changed(before, now), index, min(delay, _LONGEST_DELAY)))
            before = now
        file.write(chunk(b"IEND", b""))


def _frame(frame: pyvips.Image, part: tuple[int, int, int, int], index: int, delay: int) -> bytes:
    """Write one frame. Its chunks are numbered: the first frame has one, each other two."""
    left, top, width, height = part
    number = max(0, 2 * index - 1)
    pixels = compressed(frame.crop(left, top, width, height).pngsave_buffer(keep=0))
    said = control(Control(number, width, height, left, top, delay, 1000, _KEEP, _SOURCE))
    if index == 0:
        return said + chunk(b"IDAT", pixels)
    return said + chunk(b"fdAT", struct.pack(">I", number + 1) + pixels)


def _changed(before: "Pixels | None", now: "Pixels") -> tuple[int, int, int, int]:
    """Give left, top, width and height of what differs; of equal pictures, one pixel."""
    height, width = now.shape[:2]
    if before is None:
        return 0, 0, width, height
    differs = (before != now).any(axis=2)
    rows, columns = differs.any(axis=1).nonzero()[0], differs.any(axis=0).nonzero()[0]
    if not len(rows):
        return 0, 0, 1, 1
    left, top = int(columns[0]), int(rows[0])
    return left, top, int(columns[-1]) - left + 1, int(rows[-1]) - top + 1


@hookimpl
def ashim_codecs() -> Iterable[Codec]:
    yield Codec(
        "apng",
        "image/apng",
        "apng",
        recognise=is_animated,
        probe=probe,
        read=read,
        write=write,
        alpha=True,
        animated=True,
        container="png",
        cost=Cost(read=0.08, write=0.2),
    )
