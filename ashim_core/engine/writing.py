"""The end of a fused run: the picture is encoded once, and held against what came in."""

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from ashim_core.engine.losses import Plan
from ashim_core.errors import TargetUnreachable
from ashim_core.imaging.bare import Bare, bare
from ashim_core.imaging.cost import Allow
from ashim_core.imaging.decode import decode, settle
from ashim_core.imaging.encode import Writable, encode, prepare, writing_seconds
from ashim_core.imaging.encoding import Encoding
from ashim_core.imaging.formats import Format
from ashim_core.imaging.header import Header
from ashim_core.imaging.indexed import MOST_PIXELS, write_indexed
from ashim_core.imaging.target_size import encode_to_size, met_with

_LOWERED = "size: the quality was lowered, so that it needs no more than what came in"
_KEPT = "size: the picture was kept as it came, as its encoding is no smaller"


class Written(NamedTuple):
    """What was ignored, or done for the size; and whether the file that came in is the result."""

    notes: list[str]
    as_it_came: bool = False


@dataclass(frozen=True)
class Result:
    """What is to be written, and what it was made of.

    unchanged: no step has changed a pixel.
    allow: asks for the time that another encoding takes.
    """

    header: Header
    plan: Plan
    writable: Writable
    encoding: Encoding
    format: Format
    unchanged: bool
    allow: Allow

    @property
    def comparable(self) -> bool:
        """Whether the file that came in is the measure of the result."""
        same = self.unchanged and self.format.name == self.header.format.name
        return same and self.encoding.no_larger

    @property
    def few_colours(self) -> bool:
        """Whether it is worth a try to write a palette, or grey of fewer than 8 bits."""
        return (
            self.format.name == "png"
            and self.header.indexed
            and not self.writable.metadata
            and self.writable.pixels <= MOST_PIXELS
        )

    @property
    def whole(self) -> bool:
        """Whether the file that came in shows no more than the result, and the same colours."""
        header = self.header
        all_frames = header.frames == 1 or self.plan.animated
        same_colours = not (header.cmyk or header.range)
        return all_frames and header.pages == header.sequence == 1 and same_colours


def write(result: Result, path: Path) -> Written:
    """Write the result."""
    if result.few_colours:
        writable = replace(result.writable, image=settle(result.writable.image))
        result = replace(result, writable=writable)
    if not result.comparable:
        return Written(_encoded(result, path))
    keep = result.encoding.keep_metadata
    own = bare(result.header, keep_metadata=keep) if result.whole else None
    return _held_against(own, result, path) if own else Written(_squeezed(result, path))


def _held_against(own: Bare, result: Result, path: Path) -> Written:
    """Write the encoding, or what came in if that is no larger."""
    most, image = result.encoding.max_bytes, result.writable.image
    if most and own.size <= most:
        if result.format.quality is not None and result.encoding.quality is None:
            # Nothing looks better than what came in. Damage to its pixels shows now.
            image.avg()
            own.write(path)
            return Written([*result.writable.notes, _KEPT], as_it_came=True)
        if result.format.quality is None:
            result = replace(result, encoding=replace(result.encoding, max_bytes=None))
    notes = _encoded(result, path)
    if path.stat().st_size < own.size:
        return Written(notes)
    path.unlink()
    own.write(path)
    return Written([*result.writable.notes, _KEPT], as_it_came=True)


def _squeezed(result: Result, path: Path) -> list[str]:
    """Write the encoding, with less quality if it is larger than what came in."""
    notes = _encoded(result, path)
    most = result.header.path.stat().st_size
    if path.stat().st_size <= most or result.format.quality is None:
        return notes
    encoding = replace(result.encoding, max_bytes=most)
    result.allow(writing_seconds(result.writable, encoding, result.format))
    with suppress(TargetUnreachable):
        encode_to_size(_again(result), encoding, result.format, path)
        return [*result.writable.notes, _LOWERED]
    return notes


def _again(result: Result) -> Writable:
    """Decode the unchanged picture once more, as its pixels may be read once only."""
    plan = result.plan
    picture = decode(result.header, animated=plan.animated, keep_profile=plan.keep_profile)
    return prepare(picture, result.encoding, result.format)


def _encoded(result: Result, path: Path) -> list[str]:
    writable, encoding, format = result.writable, result.encoding, result.format
    indexed = _indexed(result, path.with_suffix(".indexed"))
    if encoding.max_bytes:
        if indexed and indexed.stat().st_size <= encoding.max_bytes:
            indexed.replace(path)
            return [*writable.notes, met_with({})]
        notes = [met_with(encode_to_size(writable, encoding, format, path))]
    else:
        encode(writable, encoding, format, path)
        notes = []
    if indexed:
        smaller = indexed.stat().st_size < path.stat().st_size
        indexed.replace(path) if smaller else indexed.unlink()
    return [*writable.notes, *notes]


def _indexed(result: Result, path: Path) -> Path | None:
    """Write a PNG of few colours beside the result, if it has no more."""
    writable = result.writable
    if not result.few_colours:
        return None
    profile: object = writable.image.get("icc-profile-data") if writable.profile else None
    known = profile if isinstance(profile, bytes) else None
    return path if write_indexed(writable.image, known, path) else None
