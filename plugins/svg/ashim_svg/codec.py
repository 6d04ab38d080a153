"""SVG as a format: every tool that takes pictures takes drawings, at the size that they say."""

import re
from collections.abc import Iterable
from pathlib import Path

from ashim_core.plugin import Codec, Cost, Probe, Raster, hookimpl
from ashim_svg.rendering import check_pixels, drawn, read

_BEGIN = re.compile(
    rb"\s*(?:<\?xml|<!--|<!doctype\s+svg|<svg\b|<\w+:svg\b).*?<(?:\w+:)?svg\b|\s*<(?:\w+:)?svg\b",
    re.DOTALL,
)
_ALPHA_BANDS = 4


def is_svg(head: bytes) -> bool:
    """Say whether a file begins like a drawing; whether it is one, its parser finds out."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.replace(b"\0", b"")[2:]
    return bool(_BEGIN.match(head.removeprefix(b"\xef\xbb\xbf").lower()))


def probe(path: Path) -> Probe:
    """Read the whole drawing, as what it stands for is seen at its end; nothing is drawn."""
    drawing = read(path.read_bytes())
    check_pixels(drawing.size)
    return Probe(*drawing.size, bands=_ALPHA_BANDS)


def decode(path: Path, all_frames: bool) -> Raster:
    """Draw it at its own size."""
    drawing = read(path.read_bytes())
    return Raster((drawn(drawing, drawing.size),))


@hookimpl
def ashim_codecs() -> Iterable[Codec]:
    yield Codec(
        "svg",
        "image/svg+xml",
        "svg",
        recognise=is_svg,
        probe=probe,
        read=decode,
        container="plain",
        cost=Cost(read=0.3),
    )
