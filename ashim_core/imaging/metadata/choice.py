"""What goes and what stays of a file's metadata, block by block."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from ashim_core.errors import DecodeFailed
from ashim_core.imaging.metadata import xmp
from ashim_core.imaging.metadata.block import (
    BEHIND,
    HINTS,
    INDEX,
    Block,
    Container,
    Data,
    Kind,
    Piece,
)
from ashim_core.imaging.metadata.exif import Exif, only_orientation
from ashim_core.imaging.metadata.jpeg import EXTENDED
from ashim_core.imaging.profile import is_srgb

Profiles = Literal["none", "srgb", "all"]

_TIED = (BEHIND, INDEX, HINTS)
"""What goes with anything: it holds other copies of the picture, or counts what lies between."""


@dataclass(frozen=True)
class Choice:
    """What goes.

    kinds: whole kinds of metadata. gps: what says where, in EXIF and XMP that stay.
    profiles: which colour profiles. unread: EXIF goes even if it can't be read.
    """

    kinds: frozenset[Kind]
    gps: bool
    profiles: Profiles
    unread: bool = False

    @property
    def nothing(self) -> bool:
        return not self.kinds and not self.gps and self.profiles == "none"


def profile(container: Container, data: Data, blocks: list[Block]) -> bytes:
    """Put the colour profile of a picture together, which may lie in several blocks."""
    return b"".join(container.content(data, block) for block in blocks if block.kind == "icc")


def gone(container: Container, data: Data, blocks: list[Block], choice: Choice) -> set[Kind]:
    """Say which kinds go as a whole: profiles are looked at first."""
    kinds = set(choice.kinds)
    if choice.profiles == "all" or (
        choice.profiles == "srgb" and is_srgb(profile(container, data, blocks))
    ):
        kinds.add("icc")
    return kinds


def goes(block: Block, kinds: set[Kind], choice: Choice) -> bool:
    """Say whether a whole block goes."""
    return block.kind in kinds or (block.name in _TIED and not choice.nothing)


def pieces(container: Container, data: Data, blocks: list[Block], choice: Choice) -> list[Piece]:
    """Give what the new file is made of."""
    if choice.nothing:
        return list(blocks)
    kinds = gone(container, data, blocks, choice)
    kept: list[Piece] = []
    replaced: set[Kind] = set()
    for block in blocks:
        if goes(block, kinds, choice):
            new = _left(container, data, block, choice) if block.kind not in replaced else b""
            if block.kind in ("exif", "icc"):
                replaced.add(block.kind)
            kept += [new] if new else []
        elif choice.gps:
            kept += _without_place(container, data, block)
        else:
            kept.append(block)
    return container.finish(data, kept)


def _left(container: Container, data: Data, block: Block, choice: Choice) -> bytes:
    """Give what has to stand in the place of a block that goes."""
    if block.kind == "icc":
        return container.plain if choice.profiles == "srgb" else b""
    if block.kind != "exif":
        return block.instead
    turned = orientation(container, data, block, choice)
    return container.wrap(data, block, only_orientation(turned)) if turned != 1 else b""


def orientation(container: Container, data: Data, block: Block, choice: Choice) -> int:
    """Read which way up a picture is, as it would be lost with its EXIF."""
    if choice.unread:
        with suppress(DecodeFailed):
            return Exif(container.content(data, block)).orientation
        return 1
    try:
        return Exif(container.content(data, block)).orientation
    except DecodeFailed as error:
        raise DecodeFailed(
            f"{error.message} Which way up the picture is may be lost with it; "
            "with stripExif it is removed all the same."
        ) from None


def _turned(container: Container, data: Data, block: Block, orientation: int) -> Iterator[Piece]:
    """Give what has to stand in the place of EXIF for the picture to stand upright."""
    if orientation != 1:
        yield container.wrap(data, block, only_orientation(orientation))


def _without_place(container: Container, data: Data, block: Block) -> Iterator[Piece]:
    """Give a block without what says where; the block itself if it doesn't say."""
    if block.kind == "exif":
        exif = Exif(container.content(data, block))
        if exif.damaged:
            # What can't be read may say where, so no more stays than what the picture needs.
            yield from _turned(container, data, block, exif.orientation)
        else:
            yield container.wrap(data, block, exif.without_gps()) if exif.has_gps else block
    elif block.kind != "xmp" or not xmp.names_place(content := container.content(data, block)):
        yield block
    elif block.name != EXTENDED and (left := xmp.without_place(content)) is not None:
        yield container.wrap(data, block, left)
