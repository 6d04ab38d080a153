"""Metadata that is written over: nothing of it stays, and no file can make that stumble."""

import struct
from pathlib import Path

import pytest
import pyvips
from PIL import Image

from ashim_core.imaging.blanked import blanks
from ashim_core.imaging.structure import edited
from ashim_core.testing.samples import scene

SECRET = b"Where we live"


def big(first: int, rest: bytes = b"") -> bytes:
    """Build a BigTIFF whose first directory lies at a place."""
    return b"II+\0\x08\0\0\0" + struct.pack("<Q", first) + rest.ljust(64, b"\0")


HOSTILE = {
    "a first directory beyond all memory": big(2**63 + 5),
    "a next directory beyond all memory": big(16, struct.pack("<QQ", 0, 2**63 + 8)),
    "more tags than a number can count": big(16, struct.pack("<Q", 2**60)),
    "a value beyond all memory": big(16, struct.pack("<QHHQQ", 1, 305, 2, 2**40, 2**63 + 1)),
    "a directory that leads to itself": big(16, struct.pack("<QQ", 0, 16)),
    "a value of no known type": big(16, struct.pack("<QHHQQ", 1, 305, 99, 1, 0)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_cannot_be_told_is_left_alone(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(HOSTILE[name])
    assert blanks(path, "tiff") is None


@pytest.mark.parametrize("tag", [330, 519, 520, 521])
def test_parts_that_lie_elsewhere_are_not_lost(tmp_path: Path, tag: int) -> None:
    """Zeros would take the place of further pictures, or of the tables of old JPEG."""
    path = tmp_path / "a.tif"
    image = Image.frombytes("L", (8, 8), bytes(range(64)))
    image.save(path, tiffinfo={270: SECRET.decode()})
    assert blanks(path, "tiff") is not None
    data = bytearray(path.read_bytes())
    # The tag of the description becomes another one, which sorts elsewhere; readers don't mind.
    at = data.index(struct.pack("<HH", 270, 2))
    data[at : at + 2] = struct.pack("<H", tag)
    path.write_bytes(data)
    assert blanks(path, "tiff") is None


@pytest.mark.parametrize("name", [b"uuid", b"udta", b"free", b"skip"])
def test_boxes_that_may_hold_anything_are_blank(tmp_path: Path, name: bytes) -> None:
    path = tmp_path / "a.avif"
    plain = scene().heifsave_buffer(compression="av1")
    path.write_bytes(plain + struct.pack(">I4s", 8 + len(SECRET), name) + SECRET)
    edits = blanks(path, "avif")
    assert edits is not None
    blanked = edited(path, edits)
    assert len(blanked) == path.stat().st_size
    assert SECRET not in blanked
    shown = [pyvips.Image.new_from_buffer(data, "").write_to_memory() for data in (plain, blanked)]
    assert shown[0] == shown[1]
