"""A picture format of its own: `TOY1`, width, height, frames, orientation, then the pixels."""

import struct
from collections.abc import Iterable
from pathlib import Path

import pyvips

from ashim_core.plugin import Codec, Probe, Raster, Writing, hookimpl

HEADER = struct.Struct(">4sIIBB")


def write(writing: Writing) -> None:
    """Write frames of three bands."""
    frame = writing.frames[0]
    head = HEADER.pack(b"TOY1", frame.width, frame.height, len(writing.frames), 1)
    pixels = [frame.write_to_memory() for frame in writing.frames]
    writing.path.write_bytes(head + b"".join(pixels))


def probe(path: Path) -> Probe:
    """Believe the header: the gate doesn't."""
    with path.open("rb") as file:
        _, width, height, frames, orientation = HEADER.unpack(file.read(HEADER.size))
    return Probe(width, height, bands=3, frames=frames, orientation=orientation)


def read(path: Path, all_frames: bool) -> Raster:
    """Read as many frames as are wanted; what lies about its size raises something."""
    data = path.read_bytes()
    _, width, height, count, _ = HEADER.unpack(data[: HEADER.size])
    size = width * height * 3
    if data[HEADER.size :] == b"memory":
        raise MemoryError
    if data[HEADER.size :] == b"smaller":
        width, height, size, data = 1, 1, 3, data[: HEADER.size] + b"abc"
    frames = []
    for number in range(count if all_frames else 1):
        start = HEADER.size + number * size
        image = pyvips.Image.new_from_memory(data[start : start + size], width, height, 3, "uchar")
        frames.append(image.copy(interpretation="srgb"))
    return Raster(tuple(frames), delays=(40,) * len(frames), loop=2)


@hookimpl
def ashim_codecs() -> Iterable[Codec]:
    yield Codec(
        "toy",
        "image/x-toy",
        "toy",
        recognise=lambda head: head.startswith(b"TOY1"),
        probe=probe,
        read=read,
        write=write,
        animated=True,
        side=1000,
    )
