"""Files made to hurt a decoder. Each is built here, byte by byte where need be."""

import struct
import zlib

import pyvips

from ashim_core.testing import sample
from ashim_core.testing.samples import scene


def png_of(width: int, height: int) -> bytes:
    """A well-formed 1-bit PNG of any size, all black: 50000 x 50000 is 300 KB."""
    row = bytes(1 + (width + 7) // 8)
    packer = zlib.compressobj(9)
    data = b"".join([*(packer.compress(row) for _ in range(height)), packer.flush()])
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)


def gif_of(frames: int, width: int = 10, height: int = 10) -> bytes:
    """A GIF of many frames, each of which claims the whole canvas but draws one pixel."""
    screen = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x44\x01\x00"
    return screen + frame * frames + b"\x3b"


def jpeg_of_scans(scans: int) -> bytes:
    """A progressive JPEG whose last scan is repeated: cheap to send, dear to decode."""
    data = scene(1024, 1024).jpegsave_buffer(Q=50, interlace=True)
    last = data.rfind(b"\xff\xda")
    return data[:-2] + data[last:-2] * scans + data[-2:]


def jpeg_that_lies(width: int, height: int) -> bytes:
    """A small JPEG whose frame header claims another size."""
    data = bytearray(sample("jpeg"))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def truncated(name: str) -> bytes:
    """The first two thirds of a sample picture."""
    data = sample(name)
    return data[: len(data) * 2 // 3]


def garbage_behind(magic: bytes) -> bytes:
    """Random-looking bytes behind a true signature; the same on every run."""
    noise = pyvips.Image.gaussnoise(64, 64, seed=7, sigma=60, mean=128)
    return magic + noise.cast("uchar").write_to_memory()
