"""What of a picture is not in the result, said to people: nothing is lost in silence."""

from collections.abc import Iterator
from dataclasses import dataclass

from ashim_core.imaging.header import Header

_KINDS = {"exif-data": "EXIF", "xmp-data": "XMP", "iptc-data": "IPTC", "gainmap-data": "gain map"}


@dataclass(frozen=True)
class Plan:
    """What of the input is taken along.

    animated: all frames. keep_profile: the colours stay as they are, with their ICC profile.
    """

    animated: bool
    keep_profile: bool


def losses_of(header: Header, plan: Plan, kept: frozenset[str] = frozenset()) -> Iterator[str]:
    """Name what the input has and the result hasn't, whatever the tools do.

    kept: the metadata that goes along, by the names of its fields in libvips.
    """
    if header.frames > 1 and not plan.animated:
        yield f"animation: only the first of {header.frames} frames was kept"
    if header.sequence > 1:
        yield f"animation: only the first of {header.sequence} frames was kept"
    if header.pages > 1:
        differ = "kind" if header.tiff and header.tiff.of_one_size else "size"
        yield f"pages: only the first of {header.pages} was kept, as they differ in {differ}"
    if header.tiff and (more := header.tiff.pages[0].samples.left_out):
        yield f"channels: {more} that are neither colour nor alpha were dropped"
    if header.darkened:
        yield header.darkened
    elif header.cmyk:
        yield "colours: CMYK was converted to sRGB"
    elif header.wide and not plan.keep_profile:
        yield "profile: the colours were converted to sRGB"
    if header.bits > 8:
        yield f"depth: {header.bits} bits were reduced to 8"
    yield from metadata_lost(header, kept)


def metadata_lost(header: Header, kept: frozenset[str]) -> Iterator[str]:
    """Name the metadata that the input has and the result hasn't; the rest may be as it came."""
    if kinds := [name for field, name in _KINDS.items() if field in header.metadata - kept]:
        yield f"metadata: {', '.join(kinds)} dropped"
