"""Files of kinds that nothing here reads: whole ones are told from what only begins like one."""

import io
import random
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import PIL.Image
import pytest

from ashim_core.errors import DecodeFailed
from ashim_core.imaging.outline import check_outline
from ashim_core.imaging.sniff import KINDS, kind_of
from ashim_core.testing import sample

RUBBISH = random.Random(7).randbytes(5000)


def by_pillow(format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    PIL.Image.radial_gradient("L").convert("RGB").save(buffer, format, **options)
    return buffer.getvalue()


def box(name: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I4s", 8 + len(content), name) + content


def psd(version: int = 1) -> bytes:
    head = struct.pack(">4sH6xHIIHH", b"8BPS", version, 3, 2, 4, 8, 3)
    return head + bytes(12 if version == 1 else 16) + b"\0\0" + bytes(24)


def exr() -> bytes:
    names = {
        b"channels": (b"chlist", b"R\0" + bytes(16) + b"\0"),
        b"dataWindow": (b"box2i", bytes(16)),
    }
    attributes = b"".join(
        name + b"\0" + kind + b"\0" + struct.pack("<I", len(value)) + value
        for name, (kind, value) in names.items()
    )
    return b"v/1\x01\x02\0\0\0" + attributes + b"\0" + bytes(100)


def heif() -> bytes:
    return sample("avif").replace(b"ftypavif", b"ftypheic").replace(b"avif", b"heic")


def jxl_boxes() -> bytes:
    signature = b"\0\0\0\x0cJXL \r\n\x87\n"
    return signature + box(b"ftyp", b"jxl \0\0\0\0jxl ") + box(b"jxlc", b"\xff\x0a" + bytes(40))


def pdf_of_table(ending: bytes = b"%%EOF\n") -> bytes:
    body = b"%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n"
    body += b"2 0 obj\n<</Type/Pages/Kids[]/Count 0>>\nendobj\n"
    table = b"xref\n0 3\n0000000000 65535 f \n0000000009 00000 n \n0000000054 00000 n \n"
    trailer = b"trailer\n<</Size 3/Root 1 0 R>>\n"
    return body + table + trailer + b"startxref\n%d\n" % len(body) + ending


def pdf_of_stream() -> bytes:
    body = b"%PDF-1.7\r\n1 0 obj<</Type/Catalog>>endobj\r\n"
    table = b"2 0 obj<</Type/XRef/W[1 2 1]/Root 1 0 R/Size 3/Length 12>>stream\r\n" + bytes(12)
    return body + table + b"\r\nendstream endobj\r\nstartxref\r\n%d\r\n%%%%EOF" % len(body)


def pdf_with_changes() -> bytes:
    first = pdf_of_table()
    more = b"3 0 obj\n<<>>\nendobj\n"
    table = b"xref\n3 1\n%010d 00000 n \ntrailer\n<</Size 4/Root 1 0 R/Prev 101>>\n" % len(first)
    return first + more + table + b"startxref\n%d\n%%%%EOF\n" % (len(first) + len(more))


HDR = b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 2 +X 2\n" + bytes(16)
WHOLE: Mapping[str, tuple[str, Callable[[], bytes]]] = {
    "bmp": ("bmp", lambda: by_pillow("BMP")),
    "dib": ("bmp", lambda: b"BM" + by_pillow("BMP")[2:]),
    "ico": ("ico", lambda: by_pillow("ICO", sizes=[(16, 16), (32, 32)])),
    "psd": ("psd", psd),
    "psb": ("psd", lambda: psd(2)),
    "exr": ("exr", exr),
    "hdr": ("hdr", lambda: HDR),
    "hdr, padded": ("hdr", lambda: HDR.replace(b"-Y 2 +X 2", b"-Y    2 +X    2")),
    "jp2": ("jp2", lambda: by_pillow("JPEG2000")),
    "heif": ("heif", heif),
    "jxl": ("jxl", jxl_boxes),
    "jxl in parts": ("jxl", lambda: jxl_boxes().replace(b"jxlc", b"jxlp")),
    "pdf of a table": ("pdf", pdf_of_table),
    "pdf of a stream": ("pdf", pdf_of_stream),
    "pdf with changes": ("pdf", pdf_with_changes),
    "pdf, and blanks": ("pdf", lambda: pdf_of_table(b"%%EOF\n" + b"\n" * 1000)),
}


@pytest.fixture
def check(tmp_path: Path) -> Callable[[bytes], str]:
    """Check a file, and give its kind."""

    def go(data: bytes) -> str:
        path = tmp_path / "file"
        path.write_bytes(data)
        kind = kind_of(path)
        check_outline(path, kind)
        return kind

    return go


@pytest.mark.parametrize("name", WHOLE)
def test_whole_files_are_taken(check: Callable[[bytes], str], name: str) -> None:
    kind, make = WHOLE[name]
    assert check(make()) == kind


@pytest.mark.parametrize("name", WHOLE)
def test_a_beginning_before_rubbish_is_refused(check: Callable[[bytes], str], name: str) -> None:
    kind, make = WHOLE[name]
    start = 12 if kind in ("jp2", "jxl", "heif", "hdr") else 8
    with pytest.raises(DecodeFailed, match=f"begins like {kind.upper()} but is none"):
        check(make()[:start] + RUBBISH)


@pytest.mark.parametrize("name", WHOLE)
def test_cut_files_are_refused(check: Callable[[bytes], str], name: str) -> None:
    _, make = WHOLE[name]
    data = make()
    for length in (12, min(40, len(data) // 2)):
        with pytest.raises(DecodeFailed):
            check(data[:length])


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"%PDF-1.7\n" + RUBBISH, id="rubbish alone"),
        pytest.param(pdf_of_table() + RUBBISH, id="rubbish behind"),
        pytest.param(b"%PDF-1.7\nstartxref\n0\n%%EOF\n", id="a table where the file begins"),
        pytest.param(b"%PDF-1.7\nstartxref\n99999999\n%%EOF\n", id="a table behind the end"),
        pytest.param(b"%PDF-1.7\nstartxref\n" + b"9" * 500 + b"\n%%EOF\n", id="a place too far"),
        pytest.param(pdf_of_table().replace(b"/Root", b"/Boot"), id="no root"),
        pytest.param(pdf_of_stream().replace(b"/XRef", b"/Page"), id="another object"),
        pytest.param(pdf_of_table().replace(b"trailer", b"tractor"), id="no trailer"),
        pytest.param(pdf_of_table()[:-7], id="no last word"),
    ],
)
def test_what_only_begins_like_a_pdf_is_refused(check: Callable[[bytes], str], data: bytes) -> None:
    with pytest.raises(DecodeFailed, match="begins like PDF"):
        check(data)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(heif() + RUBBISH, id="heif"),
        pytest.param(jxl_boxes() + RUBBISH, id="jxl"),
        pytest.param(by_pillow("JPEG2000") + RUBBISH, id="jp2"),
        pytest.param(b"\xff\x0a" + RUBBISH, id="what may be a bare codestream of JPEG XL"),
        pytest.param(b"#?RGBE" + b"\n" * 65_000 + b"x" * 65_000, id="lines without end"),
        pytest.param(b"v/1\x01\x02\0\0\0" + b"a\0b\0\0\0\0\0" * 100_000, id="endless attributes"),
        pytest.param(b"\0\0\x01\0\xff\xff" + bytes(16 * 65_535), id="65,535 icons of nothing"),
    ],
)
def test_parts_that_do_not_fit_are_refused(check: Callable[[bytes], str], data: bytes) -> None:
    with pytest.raises(DecodeFailed):
        check(data)


def test_every_kind_that_the_core_does_not_read_is_checked() -> None:
    read_here = {"jpeg", "png", "webp", "avif", "tiff", "gif", "svg"}
    assert {kind for kind, _ in WHOLE.values()} == KINDS.keys() - read_here
