"""The chunks of PNG. Source: PNG Specification, third edition, sections 5 and 11.3.6."""

import os
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_LEAD = struct.Struct(">I4s")
_CHECKSUM = 4
_CONTROL = struct.Struct(">IIIIIHHBB")


class Chunk(NamedTuple):
    """Where a chunk lies: its name, and the place and length of its data."""

    name: bytes
    start: int
    size: int


class Control(NamedTuple):
    """What an `fcTL` chunk says of a frame: its place, how long it stays and how it is put down."""

    number: int
    width: int
    height: int
    left: int
    top: int
    delay: int
    per_second: int
    disposal: int
    blend: int

    @property
    def milliseconds(self) -> int:
        """How long the frame stays. Parts of a second that are not given are hundredths."""
        return round(1000 * self.delay / (self.per_second or 100))


def walk(file: BinaryIO) -> Iterator[Chunk]:
    """Give the chunks of a file; no data is read. One that ends early is an error."""
    at, end = len(SIGNATURE), os.fstat(file.fileno()).st_size
    name = b""
    while name != b"IEND":
        file.seek(at)
        size, name = _LEAD.unpack(file.read(_LEAD.size))
        start = at + _LEAD.size
        at = start + size + _CHECKSUM
        if at > end:
            raise ValueError("expected a chunk to end inside the file")
        yield Chunk(name, start, size)


def data_of(file: BinaryIO, chunk: Chunk) -> bytes:
    """Read the data of a chunk."""
    file.seek(chunk.start)
    return file.read(chunk.size)


def chunk(name: bytes, data: bytes) -> bytes:
    """Write a chunk."""
    return _LEAD.pack(len(data), name) + data + struct.pack(">I", zlib.crc32(name + data))


def control_of(data: bytes) -> Control:
    """Read an `fcTL` chunk."""
    return Control(*_CONTROL.unpack(data))


def control(values: Control) -> bytes:
    """Write an `fcTL` chunk."""
    return chunk(b"fcTL", _CONTROL.pack(*values))


def is_animated(head: bytes) -> bool:
    """Say whether a file is a PNG that announces an animation before its pixels."""
    at = len(SIGNATURE)
    while head.startswith(SIGNATURE) and at + _LEAD.size <= len(head):
        size, name = _LEAD.unpack_from(head, at)
        if name in {b"acTL", b"IDAT"}:
            return bool(name == b"acTL")
        at += _LEAD.size + size + _CHECKSUM
    return False


def compressed(png: bytes) -> bytes:
    """Give the pixels of a PNG as they are stored."""
    at, parts = len(SIGNATURE), []
    while at < len(png):
        size, name = _LEAD.unpack_from(png, at)
        if name == b"IDAT":
            parts.append(png[at + _LEAD.size : at + _LEAD.size + size])
        at += _LEAD.size + size + _CHECKSUM
    return b"".join(parts)
