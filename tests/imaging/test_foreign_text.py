"""Files whose texts are in any encoding: their pictures are read like all others."""

import io
import struct
import zlib
from typing import Any

import ashim_essentials.compress
import ashim_essentials.convert
import ashim_optimization.favicon
import pytest
import pyvips

from ashim_core.testing import MakeClient, ToolClient, assert_image_close, sample
from ashim_core.testing.client import make_client
from ashim_core.testing.samples import scene

WORDS = "Größe".encode("latin-1")
NOWHERE = b"\x81\xff\xfe\x80"
"""Bytes that are text in no encoding of more than one byte."""


def png(name: bytes, data: bytes) -> bytes:
    """Put a chunk of text before the pixels of a PNG."""
    made = sample("rgb")
    chunk = struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    return made[:33] + chunk + made[33:]


def tiff(tag: int) -> bytes:
    """Write a text tag of a TIFF in Latin-1."""
    image = scene().copy()
    image.set_type(pyvips.GValue.gstr_type, "image-description", "X" * len(WORDS))
    made = bytearray(image.tiffsave_buffer())
    at = made.index(b"X" * len(WORDS))
    made[at : at + len(WORDS)] = WORDS
    entry = made.index(struct.pack("<HH", 270, 2))
    made[entry : entry + 2] = struct.pack("<H", tag)
    return bytes(made)


def jpeg(marker: int, data: bytes) -> bytes:
    made = sample("jpeg")
    return made[:2] + struct.pack(">BBH", 0xFF, marker, 2 + len(data)) + data + made[2:]


FILES = {
    "keyword": png(b"tEXt", WORDS + b"\0" + b"text"),
    "keyword and text": png(b"tEXt", WORDS + b"\0" + WORDS),
    "packed text": png(b"zTXt", WORDS + b"\0\0" + zlib.compress(NOWHERE)),
    "international text": png(b"iTXt", b"Title\0\0\0" + WORDS + b"\0" + WORDS + b"\0" + NOWHERE),
    "description of a TIFF": tiff(270),
    "comment of a JPEG": jpeg(0xFE, WORDS),
    "EXIF of a JPEG": jpeg(
        0xE1,
        b"Exif\0\0II*\0\x08\0\0\0\x01\0"
        + struct.pack("<HHIIIH", 0x010F, 2, 8, 26, 0, 0)
        + (WORDS + NOWHERE)[:7]
        + b"\0",
    ),
    "comment of a GIF": sample("two-frames").replace(
        b"\x21\xf9", b"\x21\xfe\x05" + WORDS + b"\0\x21\xf9", 1
    ),
}


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(ashim_essentials.compress, ashim_essentials.convert, ashim_optimization.favicon)


@pytest.mark.parametrize("name", FILES)
def test_the_picture_is_read(client: ToolClient, name: str) -> None:
    result = client.run("convert", FILES[name], format="png")
    assert_image_close(result.extract_band(0, n=3), scene(), within=4)


@pytest.mark.parametrize("name", FILES)
def test_tools_that_open_files_themselves_read_it(client: ToolClient, name: str) -> None:
    assert client.post("favicon", FILES[name]).status_code == 200


@pytest.mark.parametrize("name", FILES)
def test_the_library_takes_it(client: ToolClient, name: str) -> None:
    response: Any = client.http.post(
        "/api/v1/upload",
        data={"file": (io.BytesIO(FILES[name]), "a.png")},
        content_type="multipart/form-data",
    )
    file = response.json["files"][0]
    assert (file["width"], file["height"]) == (48, 32)


def test_a_field_is_found_by_the_name_that_it_was_given(client: ToolClient) -> None:
    image = pyvips.Image.new_from_buffer(FILES["keyword and text"], "")
    (name,) = [field for field in image.get_fields() if field.startswith("png-comment")]
    assert name.encode("utf-8", "surrogateescape").endswith(WORDS)
    assert image.get(name) == "Gr\ufffd\ufffde"  # libvips knows UTF-8 only


def test_messages_can_be_printed(client: ToolClient) -> None:
    with pytest.raises(pyvips.Error) as caught:
        pyvips.Image.new_from_file("/nowhere/" + WORDS.decode("utf-8", "surrogateescape"))
    assert "Gr\\xf6\\xdfe" in str(caught.value)
    str(caught.value).encode()


def test_a_worker_lives_on(tmp_path: Any) -> None:
    client = make_client(tmp_path, ashim_essentials.convert, workers=True)
    try:
        for data in FILES.values():
            client.run("convert", data, format="png")
    finally:
        client.close()
