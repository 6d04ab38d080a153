"""What a picture file says besides its pixels: found and taken out without decoding them."""

from collections.abc import Mapping
from types import MappingProxyType

from ashim_core.imaging.metadata.block import (
    EVERYTHING,
    Block,
    Container,
    Data,
    Kind,
    Piece,
    mapped,
    write,
)
from ashim_core.imaging.metadata.choice import (
    Choice,
    Profiles,
    goes,
    gone,
    orientation,
    pieces,
    profile,
)
from ashim_core.imaging.metadata.exif import Exif
from ashim_core.imaging.metadata.gif import GIF
from ashim_core.imaging.metadata.icc import description as profile_name
from ashim_core.imaging.metadata.icc import values as icc_values
from ashim_core.imaging.metadata.iptc import values as iptc_values
from ashim_core.imaging.metadata.jpeg import JPEG
from ashim_core.imaging.metadata.png import PNG
from ashim_core.imaging.metadata.webp import WEBP
from ashim_core.imaging.metadata.xmp import values as xmp_values

CONTAINERS: Mapping[str, Container] = MappingProxyType(
    {"jpeg": JPEG, "png": PNG, "webp": WEBP, "gif": GIF}
)
"""How the formats hold what they hold whose files are taken apart here, by their names."""

__all__ = [
    "CONTAINERS",
    "EVERYTHING",
    "Block",
    "Choice",
    "Container",
    "Data",
    "Exif",
    "Kind",
    "Piece",
    "Profiles",
    "goes",
    "gone",
    "icc_values",
    "iptc_values",
    "mapped",
    "orientation",
    "pieces",
    "profile",
    "profile_name",
    "write",
    "xmp_values",
]
