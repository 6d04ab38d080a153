"""A picture in every format, made by other means than the package's own; and real workers."""

import io
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

import ashim_essentials.convert
import ashim_essentials.resize
import ashim_essentials.rotate
import ashim_formats.apng
import ashim_formats.bmp
import ashim_formats.exr
import ashim_formats.hdr
import ashim_formats.ico
import ashim_formats.jp2
import ashim_formats.pnm
import ashim_formats.psd
import ashim_formats.tga
import numpy
import pytest
from PIL import Image

from ashim_core.testing import MakeClient, ToolClient
from ashim_core.testing.client import make_client
from ashim_core.testing.samples import scene

MODULES = (
    *(ashim_formats.apng, ashim_formats.bmp, ashim_formats.exr, ashim_formats.hdr),
    *(ashim_formats.ico, ashim_formats.jp2, ashim_formats.pnm, ashim_formats.psd),
    ashim_formats.tga,
    *(ashim_essentials.convert, ashim_essentials.resize, ashim_essentials.rotate),
)
Array = numpy.typing.NDArray[Any]
Refusal = Callable[[bytes], tuple[int, str]]


def _scene() -> Array:
    """Give red, green, blue and white in four fields, as an array."""
    return numpy.frombuffer(scene().write_to_memory(), numpy.uint8).reshape(32, 48, 3)


def _by_pillow(format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(_scene()).save(buffer, format, **options)
    return buffer.getvalue()


def psd(
    planes: Array, mode: int, *, layers: int = 0, resources: bytes = b"", palette: bytes = b""
) -> bytes:
    """Write a PSD of planes of shape (channels, height, width), not packed."""
    channels, height, width = planes.shape
    depth = 8 * planes.dtype.itemsize
    header = struct.pack(">4sH6xHIIHH", b"8BPS", 1, channels, height, width, depth, mode)
    info = struct.pack(">Ih", 2, layers) if layers else b""
    sections = b"".join(struct.pack(">I", len(part)) + part for part in (palette, resources, info))
    stored = planes.astype(planes.dtype.newbyteorder(">"))
    return header + sections + b"\0\0" + stored.tobytes()


def hdr(pixels: Array, size: bytes) -> bytes:
    """Write a Radiance picture of bytes of shape (height, width, 4), not packed."""
    return b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n" + size + b"\n" + pixels.tobytes()


def _exr(folder: Path) -> bytes:
    exr: Any = import_module("OpenEXR")  # by name: no type information is published for it
    light = _scene().astype(numpy.float32) / 255
    header = {"compression": exr.ZIP_COMPRESSION, "type": exr.scanlineimage}
    exr.File(header, {"RGB": light}).write(str(folder / "scene.exr"))
    return (folder / "scene.exr").read_bytes()


def _rgbe() -> Array:
    lit = _scene() == 255
    exponent = numpy.full((32, 48, 1), 129)
    return numpy.concatenate([lit * 128, exponent], axis=2).astype(numpy.uint8)


def _ico() -> bytes:
    buffer = io.BytesIO()
    image = Image.fromarray(_scene()).convert("RGBA")
    image.save(buffer, "ICO", sizes=[(16, 16), (48, 32)], bitmap_format="bmp")
    return buffer.getvalue()


def _apng() -> bytes:
    other = Image.fromarray(255 - _scene())
    return _by_pillow("PNG", save_all=True, append_images=[other], duration=[70, 130], loop=3)


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    """The scene in every format, without loss; the APNG has the negative as its second frame."""
    return {
        "apng": _apng(),
        "bmp": _by_pillow("BMP"),
        "exr": _exr(tmp_path_factory.mktemp("exr")),
        "hdr": hdr(_rgbe(), b"-Y 32 +X 48"),
        "ico": _ico(),
        "jp2": _by_pillow("JPEG2000"),
        "pnm": b"P6 48 32 255\n" + _scene().tobytes(),
        "psd": psd(_scene().transpose(2, 0, 1), 3),
        "tga": _by_pillow("TGA"),
    }


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(*MODULES)


@pytest.fixture(scope="session")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ToolClient]:
    """All formats in real worker processes, which end what takes longer than two seconds."""
    folder = tmp_path_factory.mktemp("formats")
    made = make_client(folder, *MODULES, workers=True, processing_timeout_s=2)
    with closing(made) as client:
        yield client


@pytest.fixture
def refusal(workers: ToolClient) -> Iterator[Refusal]:
    """Give status and code of a real worker's answer to a file; nothing may be left behind."""

    def ask(data: bytes) -> tuple[int, str]:
        response = workers.post("convert", data, format="png")
        return response.status_code, response.json["code"] if response.json else ""

    yield ask
    assert not workers.job_folders()


@pytest.fixture
def made_psd() -> Callable[..., bytes]:
    """Make a PSD: see `psd`."""
    return psd


@pytest.fixture
def made_hdr() -> Callable[..., bytes]:
    """Make a Radiance picture: see `hdr`."""
    return hdr
