"""The gate: what is refused before a pixel is read, and what is let through."""

from pathlib import Path

import pytest

from ashim_core.errors import (
    AshimError,
    DecodeFailed,
    FormatNotSupported,
    InvalidImage,
    TooComplex,
    TooManyPixels,
)
from ashim_core.imaging.header import read_header
from ashim_core.limits import Limits
from ashim_core.testing import sample
from tests import hostile


@pytest.fixture
def write(tmp_path: Path) -> Path:
    return tmp_path / "upload"


@pytest.mark.parametrize(
    ("name", "format", "size", "frames"),
    [
        ("rgb", "png", (48, 32), 1),
        ("jpeg", "jpeg", (48, 32), 1),
        ("webp", "webp", (48, 32), 1),
        ("tiff", "tiff", (48, 32), 1),
        ("avif", "avif", (48, 32), 1),
        ("1x1", "png", (1, 1), 1),
        ("two-frames", "gif", (48, 32), 2),
        ("two-frames-webp", "webp", (48, 32), 2),
        ("orientation-1", "jpeg", (48, 32), 1),
        ("orientation-6", "jpeg", (48, 32), 1),
        ("orientation-7", "jpeg", (48, 32), 1),
    ],
)
def test_what_a_header_tells(
    write: Path, name: str, format: str, size: tuple[int, int], frames: int
) -> None:
    write.write_bytes(sample(name))
    header = read_header(write, Limits())
    assert (header.format.name, header.upright, header.frames) == (format, size, frames)


@pytest.mark.parametrize(
    ("name", "limits", "error"),
    [
        ("rgb", {"megapixels": 48 * 32 / 1e6}, None),
        ("rgb", {"megapixels": 48 * 32 / 1e6 - 1e-6}, TooManyPixels),
        ("two-frames", {"megapixels": 48 * 32 * 2 / 1e6}, None),
        ("two-frames", {"megapixels": 48 * 32 * 2 / 1e6 - 1e-6}, TooManyPixels),
        ("rgb", {"side": 48}, None),
        ("rgb", {"side": 47}, TooManyPixels),
        ("two-frames", {"frames": 2}, None),
        ("two-frames", {"frames": 1}, TooComplex),
        ("two-frames-webp", {"frames": 1}, TooComplex),
        ("rgba", {"bands": 4}, None),
        ("rgba", {"bands": 3}, TooComplex),
    ],
)
def test_each_budget_at_its_edge(
    write: Path, name: str, limits: dict[str, float], error: type[AshimError] | None
) -> None:
    write.write_bytes(sample(name))
    if error is None:
        read_header(write, Limits(**limits))  # type: ignore[arg-type]
    else:
        with pytest.raises(error):
            read_header(write, Limits(**limits))  # type: ignore[arg-type]


@pytest.mark.parametrize("scans", [1, 80])
def test_scans_within_the_limit_pass(write: Path, scans: int) -> None:
    write.write_bytes(hostile.jpeg_of_scans(scans))
    read_header(write, Limits())


def test_scans_over_the_limit_are_refused(write: Path) -> None:
    write.write_bytes(hostile.jpeg_of_scans(120))
    with pytest.raises(TooComplex):
        read_header(write, Limits())


def test_scan_markers_inside_of_metadata_do_not_count(write: Path) -> None:
    """A maker note full of byte pairs that look like scans is no reason to refuse a photo."""
    data = sample("jpeg")
    note = b"\xff\xda" * 5000
    segment = b"\xff\xe4" + (len(note) + 2).to_bytes(2, "big") + note
    write.write_bytes(data[:2] + segment + data[2:])
    read_header(write, Limits())


@pytest.mark.parametrize("end", [1, 2, 10, 100, 200])
def test_a_gif_that_is_cut_off(write: Path, end: int) -> None:
    whole = sample("two-frames").removesuffix(b"\x3b")
    write.write_bytes(whole)
    read_header(write, Limits())
    write.write_bytes(whole[:-end])
    with pytest.raises(DecodeFailed):
        read_header(write, Limits())


@pytest.mark.parametrize(
    ("head", "error", "words"),
    [
        (b"not a picture", InvalidImage, "expected one of jpeg"),
        (b"GIF88a" + bytes(99), InvalidImage, "expected one of"),
        (b"RIFF\0\0\0\0WAVE", InvalidImage, "expected one of"),
        (b"PK\x03\x04" + bytes(99), InvalidImage, "expected one of"),
        (b"BM" + bytes(99), FormatNotSupported, "received bmp"),
        (b"8BPS" + bytes(99), FormatNotSupported, "received psd"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", FormatNotSupported, "ashim-heif"),
        (b"%PDF-1.7", FormatNotSupported, "received pdf"),
        (b"\xef\xbb\xbf <?xml version='1.0'?><svg/>", FormatNotSupported, "received svg"),
    ],
)
def test_content_decides(write: Path, head: bytes, error: type[AshimError], words: str) -> None:
    write.write_bytes(head)
    with pytest.raises(error, match=words):
        read_header(write, Limits())
