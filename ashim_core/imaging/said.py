"""What a picture file says besides its pixels, as values by their names."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyvips

from ashim_core.errors import DecodeFailed
from ashim_core.imaging import metadata
from ashim_core.imaging.header import Header, open_lazily

Said = dict[str, dict[str, Any]]
"""`exif`, `gps`, `xmp`, `iptc` and `icc`, those that are there, each with its values."""

_EXIF_MARK = b"Exif\0\0"
_FIELDS: Mapping[metadata.Kind, str] = {
    "exif": "exif-data",
    "xmp": "xmp-data",
    "icc": "icc-profile-data",
    "iptc": "iptc-data",
}
"""What libvips calls them."""
_TIFF_IPTC = 33_723
_READERS: Mapping[str, Callable[[bytes], dict[str, Any] | None]] = {
    "xmp": metadata.xmp_values,
    "icc": metadata.icc_values,
    "iptc": metadata.iptc_values,
}


def said(header: Header) -> Said:
    """Read the metadata of a picture; what is damaged says nothing, but it is there."""
    with _kinds(header) as found:
        values: Said = {
            kind: _READERS[kind](found[kind]) or {} for kind in _READERS if found.get(kind)
        }
        if found.get("exif"):
            values |= _exif(found["exif"])
    return values


def _exif(data: metadata.Data) -> Said:
    if isinstance(data, bytes):
        data = data.removeprefix(_EXIF_MARK)
    try:
        exif = metadata.Exif(data)
        place = exif.gps()
        return {"exif": exif.values()} | ({"gps": place} if place else {})
    except DecodeFailed:
        return {"exif": {}}


@contextmanager
def _kinds(header: Header) -> Iterator[dict[str, Any]]:
    """Give each kind as it stands in the file."""
    codec = header.format.codec
    name = codec.container if codec else header.format.name
    if container := metadata.CONTAINERS.get(name):
        yield _in_blocks(header.path, container)
    elif codec:
        yield dict(codec.metadata(header.path)) if codec.metadata else {}
    elif name == "tiff":  # the whole file has the structure of EXIF
        with metadata.mapped(header.path) as data:
            yield _in_fields(header) | {"exif": data, "iptc": _iptc(data)}
    else:
        yield _in_fields(header)


def _in_blocks(path: Path, container: metadata.Container) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    with metadata.mapped(path) as data:
        blocks = container.layout(data)
        for kind in _FIELDS:
            own = [block for block in blocks if block.kind == kind]
            if kind == "icc":
                found[kind] = metadata.profile(container, data, own)
            elif own:
                found[kind] = container.content(data, own[0])
    return found


def _in_fields(header: Header) -> dict[str, bytes]:
    image = open_lazily(header.path, header.format)
    return {kind: _field(image, name) for kind, name in _FIELDS.items()}


def _iptc(data: metadata.Data) -> bytes:
    """Give the IPTC of a TIFF: it mostly lies there as numbers, of which libvips gives a byte."""
    try:
        return metadata.Exif(data).raw(_TIFF_IPTC)
    except DecodeFailed:
        return b""


def _field(image: pyvips.Image, name: str) -> bytes:
    value: object = image.get(name) if image.get_typeof(name) else b""
    return value if isinstance(value, bytes) else b""
