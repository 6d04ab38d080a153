"""What a package tells of a format that it reads, and may be writes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pyvips

from ashim_core.imaging.cost import USUAL, Cost

Subsampling = Literal["auto", "4:4:4", "4:2:0"]


@dataclass(frozen=True)
class Probe:
    """What the header of a file tells; no pixel was decoded for it.

    width, height: of one frame as it is stored, in pixels. bands: channels, alpha included.
    frames: of an animation. orientation: as in EXIF, 1 to 8. bits: of one channel.
    wide: there is an ICC profile, and it is another one than sRGB. cmyk: the colours are inks.
    pages: that are there, where only the first is read.
    range: the light that has to be brought into the range of a screen: "PQ", "HLG" or "".
    sequence: frames of an animation of which only the first can be read.
    """

    width: int
    height: int
    bands: int = 3
    frames: int = 1
    orientation: int = 1
    bits: int = 8
    wide: bool = False
    cmyk: bool = False
    pages: int = 1
    range: str = ""
    sequence: int = 1


@dataclass(frozen=True)
class Raster:
    """Decoded frames, all of one size and as they are stored: the core turns them upright.

    frames: pictures of libvips in any colour space. profile: the ICC profile of their colours.
    delays: milliseconds for each frame. loop: how often they play; 0 is for ever.
    """

    frames: tuple[pyvips.Image, ...]
    profile: bytes | None = None
    delays: tuple[int, ...] = ()
    loop: int = 0


@dataclass(frozen=True)
class Writing:
    """What a codec is asked to write. quality: 1 to 100.

    frames: 8-bit sRGB or grey. Each is computed when it is asked for, so ask in their order.
    subsampling: whether colour has half the resolution of brightness; `auto` is up to the codec.
    """

    frames: Sequence[pyvips.Image]
    quality: int
    path: Path
    delays: tuple[int, ...] = ()
    loop: int = 0
    subsampling: Subsampling = "auto"


@dataclass(frozen=True)
class Codec:
    """One format. Its functions run in workers, under the limits of a task.

    name: in lower case, as in `heif`; what the core has already can't be taken.
    extension: that its files get. extensions: others by which people know them.
    media_types: others than `media_type` by which browsers know them.
    recognise: `(first 4096 bytes) -> bool`. Names and declared types are not believed.
    probe: `(path) -> Probe`. It is held against the limits before any pixel is decoded. Raises
        anything for a damaged file.
    read: `(path, all_frames) -> Raster`. Raises anything for a damaged file.
    write: `(Writing) -> None`; None for a format that is only read.
    alpha, animated: what the format can hold, where it is written.
    quality: the default, for what is lossy when it is written.
    side: the longest side that can be written, in pixels.
    container: the format of the core whose files hold metadata in the same way: `png`, `avif`
        (boxes with items), `jpeg`, `webp`, `gif` or `tiff`; `plain` where they hold none.
    metadata: `(path) -> what the file says besides its pixels`, as it stands there: any of `exif`,
        `xmp`, `iptc` and `icc`. Not needed with a `container` that is taken apart.
    subsamples: it writes as `Writing.subsampling` says.
    instead: the format of results that are larger, where nobody has asked for one.
    cost: what a megapixel takes; a task gets its time by it.
    """

    name: str
    media_type: str
    extension: str
    recognise: Callable[[bytes], bool]
    probe: Callable[[Path], Probe]
    read: Callable[[Path, bool], Raster]
    write: Callable[[Writing], None] | None = None
    extensions: tuple[str, ...] = field(default=())
    media_types: tuple[str, ...] = field(default=())
    alpha: bool = False
    animated: bool = False
    quality: int | None = None
    side: int = 65_535
    container: str = ""
    metadata: Callable[[Path], Mapping[str, bytes]] | None = None
    subsamples: bool = False
    instead: str = ""
    cost: Cost = USUAL
