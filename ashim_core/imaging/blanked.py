"""What to write over the metadata of a file that can't be taken apart: its size stays."""

import mmap
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

from ashim_core.imaging.iso_media import metadata_in
from ashim_core.imaging.metadata.exif import only_orientation
from ashim_core.imaging.structure import Edit, mapped
from ashim_core.imaging.tiff_tables import metadata_edits


def blanks(path: Path, format: str) -> tuple[Edit, ...] | None:
    """Give what stands in the place of metadata, in order; None where that can't be told."""
    find = _FINDERS.get(format)
    if find is None:
        return None
    # Places beyond what this machine can address overflow.
    with suppress(LookupError, OverflowError, struct.error), mapped(path) as data:
        edits = sorted(find(data))
        return tuple(edits) if _apart(edits) else None
    return None


def _apart(edits: list[Edit]) -> bool:
    return all(one.end <= other.start for one, other in pairwise(edits))


def _in_boxes(data: mmap.mmap) -> Iterator[Edit]:
    """Have EXIF say nothing, and everything else be spaces."""
    for kind, start, end in metadata_in(data):
        size = end - start
        if kind == b"Exif":
            # The first four bytes say how many more there are before EXIF begins.
            nothing = bytes(4) + only_orientation(1)
            yield Edit(start, end, nothing.ljust(size, b"\0")[:size])
        else:
            yield Edit(start, end, b" " * size)


_FINDERS: Mapping[str, Callable[[mmap.mmap], Iterator[Edit]]] = {
    "avif": _in_boxes,
    "tiff": metadata_edits,
}
