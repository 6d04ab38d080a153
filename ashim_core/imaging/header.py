"""The gate: everything about a picture that its header tells, checked before any pixel is read."""

from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pyvips

from ashim_core.errors import AshimError, OutOfMemory, TooComplex, TooManyPixels
from ashim_core.imaging.colour_numbers import Numbers, beyond_screens, profile_of
from ashim_core.imaging.formats import CORE_FORMATS, Format, Formats
from ashim_core.imaging.gif import check_gif
from ashim_core.imaging.iso_media import read_iso_media
from ashim_core.imaging.jpeg import check_jpeg, mistakes
from ashim_core.imaging.png import is_indexed, png_colours
from ashim_core.imaging.profile import is_srgb
from ashim_core.imaging.refusal import refused_header
from ashim_core.imaging.remarks import remarks
from ashim_core.imaging.sniff import sniff
from ashim_core.imaging.structure import Edit
from ashim_core.imaging.tiff import Tiff, read_tiff
from ashim_core.limits import Limits

MEGA = 1_000_000
_MOST_APART = 100
"""Pages of a TIFF that are opened one by one: to find one, all before it are walked."""
_BITS = {"uchar": 8, "char": 8, "ushort": 16, "short": 16}
_METADATA = frozenset({"exif-data", "xmp-data", "iptc-data", "icc-profile-data", "gainmap-data"})
_THUMBNAIL = "jpeg-thumbnail-data"
_TECHNICAL = frozenset(
    {
        *("Orientation", "XResolution", "YResolution", "ResolutionUnit", "YCbCrPositioning"),
        *("ExifVersion", "FlashpixVersion", "ComponentsConfiguration", "ColorSpace"),
        *("PixelXDimension", "PixelYDimension"),
    }
)
"""EXIF that is applied to the pixels, or right for any of them: dropping it loses nothing."""
_SIDEWAYS = range(5, 9)
"""The EXIF orientations that swap width and height."""


@dataclass(frozen=True)
class Header:
    """What is known of a picture before it is decoded.

    width, height: of one frame as stored, in pixels; the orientation is not applied.
    frames: frames of an animation, 1 for everything else.
    orientation: the EXIF orientation, 1 to 8.
    bits: of one channel.
    pages: pages that are there, where `frames` says that only the first can be used.
    metadata: which kinds there are, by the names of their fields in libvips.
    wide: the colours have an ICC profile, and it is another one than sRGB.
    cmyk: the colours are printing inks.
    numbers: of its colours, where no profile beats them. range: as in `Probe`.
    sequence: frames of an animation of which only the first can be read.
    edits: how the decoder sees the file, which it would misunderstand as it is.
    indexed: a PNG with a palette, or of fewer than 8 bits.
    thumbnail: its metadata shows it, or what it was before.
    remarks: what it says against the file that means no pixel.
    tiff: what a TIFF says of its pages. apart: its frames have to be opened one by one.
    """

    path: Path
    format: Format
    width: int
    height: int
    bands: int
    frames: int
    orientation: int
    bits: int = 8
    pages: int = 1
    metadata: frozenset[str] = frozenset()
    wide: bool = False
    cmyk: bool = False
    numbers: Numbers | None = None
    range: str = ""
    sequence: int = 1
    edits: tuple[Edit, ...] = ()
    indexed: bool = False
    thumbnail: bool = False
    remarks: tuple[str, ...] = ()
    tiff: Tiff | None = None
    apart: bool = False

    @property
    def upright(self) -> tuple[int, int]:
        """Width and height as the picture is seen."""
        if self.orientation in _SIDEWAYS:
            return self.height, self.width
        return self.width, self.height

    @property
    def darkened(self) -> str:
        """What happens to light that no screen of standard range shows; may be nothing."""
        return f"brightness: {self.range} was brought into the range of a screen" * bool(self.range)

    def reading_seconds(self, *, animated: bool) -> float:
        """Give the CPU seconds that it takes to decode all frames, or the first."""
        frames = self.frames if animated else 1
        return self.format.cost.reading(self.width * self.height * frames)

    def orientation_of(self, frame: int) -> int:
        """Give the orientation of a frame, 1 to 8; pages of a TIFF have their own."""
        pages = self.tiff.pages if self.tiff else ()
        return pages[frame].orientation if frame < len(pages) else self.orientation


def read_header(path: Path, limits: Limits, formats: Formats = CORE_FORMATS) -> Header:
    """Sniff a file, read its header and hold it against the budgets.

    Raises EmptyFile, InvalidImage, FormatNotSupported, DecodeFailed (the header is damaged),
    TooManyPixels or TooComplex.
    """
    return open_header(path, limits, formats)[0]


def open_header(
    path: Path, limits: Limits, formats: Formats = CORE_FORMATS
) -> tuple[Header, pyvips.Image | None]:
    """Do the same, and give the picture as it was opened for that, if it may be decoded so.

    Its pixels can be read once, from top to bottom; a second opening costs as much as the first.
    """
    format = sniff(path, formats)
    edits = check_gif(path, limits) if format.name == "gif" else ()
    if format.codec:
        header, image = _probed(path, format), None
    else:
        header, image = _opened(path, format, limits)
    if edits:
        header = replace(header, bands=4, edits=edits)
    _check_budgets(header, limits)
    plain = header.frames == 1 and not (header.edits or header.tiff)
    return header, image if plain else None


def _probed(path: Path, format: Format) -> Header:
    """Ask a codec, whose errors of any kind are about the file."""
    if format.codec is None:
        raise TypeError("expected the format of a codec")
    try:
        probe = format.codec.probe(path)
    except AshimError:
        raise
    except MemoryError as error:
        raise OutOfMemory("The header of the picture needs more memory than a task has.") from error
    except Exception as error:
        raise refused_header(format.name) from error
    if min(probe.width, probe.height, probe.bands, probe.frames) < 1:
        raise refused_header(format.name)
    turned = replace(probe, orientation=_known(probe.orientation))
    return Header(path, format, **asdict(turned))


def _opened(path: Path, format: Format, limits: Limits) -> tuple[Header, pyvips.Image]:
    """Ask libvips; give the picture that it was asked about, too."""
    tiff = read_tiff(path, limits.frames) if format.name == "tiff" else None
    # The pages of a scan may have sizes of their own: then the first one is all that can be used.
    animated = format.animated and (tiff is None or tiff.of_one_size)
    with remarks(of_this_thread=True) if tiff else nullcontext(set[str]()) as heard:
        strip = _all_frames(path, format, tiff) if animated else None
        apart = tiff if animated and strip is None else None
        image = strip or _first_frame(path, format)
    if _field(image, "jpeg-multiscan", 0):
        check_jpeg(path, limits)
    count = _field(image, "n-pages", 1)
    frames = len(apart.pages) if apart and len(apart.pages) <= _MOST_APART else 1
    if strip:
        frames = count
    edits = mistakes(path) if format.name == "jpeg" else ()
    metadata = _metadata(image)
    numbers, sequence = _described(path, format, "icc-profile-data" in metadata)
    profile = numbers and profile_of(numbers, grey=image.bands < 3)
    header = Header(
        path=path,
        format=format,
        width=image.width,
        height=_field(image, "page-height", image.height) if frames > 1 else image.height,
        bands=image.bands,
        frames=frames,
        orientation=_orientation(image),
        bits=_BITS.get(str(image.format), 32),
        pages=count if tiff and frames == 1 else 1,
        metadata=metadata,
        wide=bool(profile) if numbers else not _is_srgb(image),
        cmyk=image.interpretation == "cmyk",
        numbers=numbers,
        range=beyond_screens(numbers),
        sequence=sequence,
        edits=edits,
        indexed=format.name == "png" and is_indexed(path),
        thumbnail=bool(image.get_typeof(_THUMBNAIL)),
        remarks=_said(format, edits, heard),
        tiff=tiff,
        apart=apart is not None,
    )
    return header, image


def _said(format: Format, edits: tuple[Edit, ...], heard: set[str]) -> tuple[str, ...]:
    """Say what is wrong with a file that means no pixel, in our words."""
    if format.name == "jpeg" and edits:
        return ("file: mistakes between the segments of the JPEG were passed over",)
    if format.name == "tiff" and heard:
        return ("file: mistakes in the tags of the TIFF were passed over",)
    return ()


def _all_frames(path: Path, format: Format, tiff: Tiff | None) -> pyvips.Image | None:
    """Open all frames as one strip; None for pages that differ too much to be in one."""
    try:
        return open_lazily(path, format, all_frames=True)
    except pyvips.Error as error:
        if tiff and len(tiff.pages) > 1:
            return None
        raise refused_header(format.name, error) from error


def _described(path: Path, format: Format, profiled: bool) -> tuple[Numbers | None, int]:
    """Give the numbers of the colours unless a profile beats them, and the frames of a sequence."""
    if format.name == "png":
        numbers, over_profile = png_colours(path)
        return (numbers if over_profile or not profiled else None), 1
    if format.name == "avif":
        numbers, frames = read_iso_media(path)
        return (None if profiled else numbers), max(1, frames)
    return None, 1


def _metadata(image: pyvips.Image) -> frozenset[str]:
    """Name the kinds of metadata; EXIF only where it says more than how to read the pixels."""
    fields = image.get_fields()
    found = _METADATA.intersection(fields)
    told = {name.rpartition("-")[2] for name in fields if name.startswith("exif-ifd")}
    return found if told - _TECHNICAL else found - {"exif-data"}


def _is_srgb(image: pyvips.Image) -> bool:
    if not image.get_typeof("icc-profile-data"):
        return True
    profile: object = image.get("icc-profile-data")
    return isinstance(profile, bytes) and is_srgb(profile)


def _first_frame(path: Path, format: Format) -> pyvips.Image:
    try:
        return open_lazily(path, format, access="sequential")
    except pyvips.Error as error:
        raise refused_header(format.name, error) from error


def open_lazily(
    path: Path, format: Format, *, all_frames: bool = False, **options: object
) -> pyvips.Image:
    """Open a file with the one loader of its format; no pixel is decoded yet.

    Not for the formats of codecs.

    Codecs call a file that ends early or claims a false size a mere warning, so warnings count;
    but for those of a TIFF, which are mostly about its tags: `decode` sees to the others.
    """
    if all_frames:
        options["n"] = -1
    loader = getattr(pyvips.Image, format.loader)
    image: pyvips.Image = loader(str(path), **{"fail_on": fail_on(format), **options})
    return image


def fail_on(format: Format) -> str:
    """Give the least of what a decoder says that makes it fail."""
    return "error" if format.name == "tiff" else "warning"


def check_pixels(width: int, height: int, frames: int, limits: Limits, what: str) -> None:
    """Refuse more pixels than the budget; `what` names the picture in the message."""
    if max(width, height) > limits.side:
        raise TooManyPixels(
            f"{what} has a side of {max(width, height)} pixels: expected at most {limits.side}.",
            details=[
                {
                    "field": "file",
                    "expected": f"sides of at most {limits.side} pixels",
                    "received": f"{width} x {height}",
                }
            ],
        )
    if width * height * frames > limits.megapixels * MEGA:
        size = f"{width} x {height}" + (f" x {frames} frames" if frames > 1 else "")
        raise TooManyPixels(
            f"{what} has {width * height * frames / MEGA:.1f} megapixels ({size}): expected at "
            f"most {limits.megapixels:g}.",
            details=[
                {
                    "field": "file",
                    "expected": f"at most {limits.megapixels:g} megapixels over all frames",
                    "received": size,
                }
            ],
        )


def _check_budgets(header: Header, limits: Limits) -> None:
    if header.frames > limits.frames:
        raise TooComplex(
            f"The animation has {header.frames} frames: expected at most {limits.frames}."
        )
    if header.bands > limits.bands:
        raise TooComplex(
            f"The picture has {header.bands} channels: expected at most {limits.bands}."
        )
    check_pixels(header.width, header.height, header.frames, limits, "The picture")


def _field(image: pyvips.Image, name: str, default: int) -> int:
    if not image.get_typeof(name):
        return default
    value = image.get(name)
    return value if isinstance(value, int) else default


def _orientation(image: pyvips.Image) -> int:
    return _known(_field(image, "orientation", 1))


def _known(orientation: int) -> int:
    return orientation if 1 <= orientation <= 8 else 1
