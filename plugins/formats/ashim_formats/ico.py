"""ICO: of the icons of a file the largest is read; one is written, as PNG.

Source: the reference of Microsoft for icon directories; since Windows Vista an icon may be a PNG.
"""

import io
import os
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pyvips

from ashim_core.plugin import Codec, Probe, Raster, ToolError, Writing, from_pillow, hookimpl

_ENTRY = struct.Struct("<BBBBHHII")
_MOST_ENTRIES = 1024
_SIDE = 256
_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_HEADER = struct.Struct(">II")
_BITMAP_HEADER = struct.Struct("<IiiHH")


class _Icon(NamedTuple):
    """One icon of a file. bits: of a pixel."""

    width: int
    height: int
    bits: int
    data: bytes

    @property
    def is_png(self) -> bool:
        return self.data.startswith(_PNG)


def is_ico(head: bytes) -> bool:
    """Say whether a file begins with the directory of at least one icon."""
    return head.startswith(b"\0\0\x01\0") and len(head) >= 22 and head[4:6] != b"\0\0"


def probe(path: Path) -> Probe:
    """Look up the largest icon; what it says itself counts, not what the directory says of it."""
    icon = _largest(path)
    return Probe(icon.width, icon.height, bands=4)


def _largest(path: Path) -> _Icon:
    with path.open("rb") as file:
        (count,) = struct.unpack("<4xH", file.read(6))
        if count > _MOST_ENTRIES:
            raise ToolError(
                f"The file has {count} icons: expected at most {_MOST_ENTRIES}.",
                code="TOO_COMPLEX",
            )
        entries = list(_ENTRY.iter_unpack(file.read(count * _ENTRY.size)))
        # A side of 256 is stored as 0.
        best = max(
            entries, key=lambda entry: ((entry[0] - 1) % 256, (entry[1] - 1) % 256, entry[5])
        )
        *_, bits, size, offset = best
        if offset + size > os.fstat(file.fileno()).st_size:
            raise ValueError("expected the largest icon to end inside the file")
        file.seek(offset)
        data = file.read(size)
    if data.startswith(_PNG):
        width, height = _PNG_HEADER.unpack_from(data, 16)
        return _Icon(width, height, bits, data)
    _, width, doubled, _, bits = _BITMAP_HEADER.unpack_from(data)
    return _Icon(width, doubled // 2, bits, data)


def read(path: Path, all_frames: bool) -> Raster:
    """Decode the largest icon."""
    icon = _largest(path)
    if icon.is_png:
        image = pyvips.Image.pngload_buffer(icon.data, fail_on="warning").copy_memory()
        return Raster((image if image.hasalpha() else image.colourspace("srgb").bandjoin(255),))
    return Raster((_bitmap(icon),))


def _bitmap(icon: _Icon) -> pyvips.Image:
    """Decode an icon stored as BMP without its first header, with a mask below."""
    from PIL.IcoImagePlugin import IcoFile

    # A file of this one icon, so that no other one of the directory is looked at.
    side = (icon.width % 256, icon.height % 256)
    entry = _ENTRY.pack(*side, 0, 0, 1, icon.bits, len(icon.data), 6 + _ENTRY.size)
    file = io.BytesIO(b"\0\0\x01\0\x01\0" + entry + icon.data)
    frame: pyvips.Image = from_pillow(IcoFile(file).frame(0).convert("RGBA"))
    # Programs that know of no alpha leave it empty; nobody draws an icon that can't be seen.
    return frame if frame[3].max() else frame[:3].bandjoin(255)


def write(writing: Writing) -> None:
    """Write a file of one icon."""
    frame = writing.frames[0]
    data = frame.pngsave_buffer(keep=0)
    side = (frame.width % 256, frame.height % 256)
    entry = _ENTRY.pack(*side, 0, 0, 1, 8 * frame.bands, len(data), 6 + _ENTRY.size)
    writing.path.write_bytes(b"\0\0\x01\0\x01\0" + entry + data)


@hookimpl
def ashim_codecs() -> Iterable[Codec]:
    yield Codec(
        "ico",
        "image/vnd.microsoft.icon",
        "ico",
        recognise=is_ico,
        probe=probe,
        read=read,
        media_types=("image/x-icon",),
        write=write,
        alpha=True,
        side=_SIDE,
        instead="png",
    )
