"""HEIF and HEIC, read and written by libheif."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyvips

from ashim_core.plugin import (
    Codec,
    Cost,
    Numbers,
    Probe,
    Raster,
    Writing,
    beyond_screens,
    hookimpl,
    is_srgb,
    profile_of,
    read_iso_media,
)
from ashim_heif.brands import is_heif

_TILE = 1024
"""Side of a tile. A picture that is encoded in one piece takes three times the memory."""
_SIDE = 16_384
_ENCODER = {"preset": "ultrafast", "x265:pools": "none", "x265:frame-threads": "1"}
"""The next preset takes four times as long, the default one more than that."""
_LARGE = 20_000_000
"""Pixels beyond which a picture is written with `_FASTER`."""
_FASTER = {"x265:ctu": "16", "tu-intra-depth": "1"}
"""Smaller blocks, divided once: half of the time for 3 to 11 % more bytes."""
_COLOURS = ("red", "green", "blue", "white")


def _library() -> Any:
    """Give pillow-heif, told to leave alone what is not the picture itself."""
    import pillow_heif  # noqa: PLC0415 - heavy

    options = pillow_heif.options
    options.DECODE_THREADS = 1
    options.THUMBNAILS = options.DEPTH_IMAGES = options.AUX_IMAGES = False
    return pillow_heif


def _opened(path: Path) -> Any:
    """Open the primary picture; its pixels are decoded when they are asked for."""
    # The numbers of colours say what more than 8 bits mean, so nothing may be rounded before.
    file = _library().open_heif(path, convert_hdr_to_8bit=False)
    return file[file.primary_index]


def _channels(mode: str) -> str:
    return mode.partition(";")[0]


def probe(path: Path) -> Probe:
    """Read the header. libheif turns pictures upright itself, so their orientation is 1."""
    image = _opened(path)
    width, height = image.size
    profile = _profile(image)
    return Probe(
        width,
        height,
        bands=len(_channels(image.mode)),
        bits=int(image.info["bit_depth"]),
        wide=profile is not None and not is_srgb(profile),
        range=beyond_screens(_numbers(image)),
        sequence=max(1, read_iso_media(path).frames),
    )


def read(path: Path, all_frames: bool) -> Raster:
    """Decode the primary picture."""
    image = _opened(path)
    width, height = image.size
    deep = image.mode.endswith(";16")
    channels = _channels(image.mode)
    frame = pyvips.Image.new_from_memory(
        _rows(image, width * len(channels) * (2 if deep else 1)),
        width,
        height,
        len(channels),
        "ushort" if deep else "uchar",
    )
    frame = frame.copy(interpretation=_interpretation(len(channels), deep))
    if channels.endswith("a"):
        whole = 65_535 if deep else 255
        frame = frame.unpremultiply(max_alpha=whole).cast(frame.format)
    return Raster((frame,), _profile(image))


def metadata(path: Path) -> dict[str, bytes]:
    """Give EXIF, XMP and the embedded profile as they stand in the file."""
    info = _opened(path).info
    found = {"exif": info.get("exif"), "xmp": info.get("xmp"), "icc": info.get("icc_profile")}
    return {kind: bytes(data) for kind, data in found.items() if data}


def _rows(image: Any, row: int) -> bytes:
    """Give the pixels without what may lie between two rows."""
    data: bytes = image.data
    stride = int(image.stride)
    if stride == row:
        return data
    return b"".join(data[at : at + row] for at in range(0, stride * image.size[1], stride))


def _interpretation(bands: int, deep: bool) -> str:
    if bands < 3:
        return "grey16" if deep else "b-w"
    return "rgb16" if deep else "srgb"


def _profile(image: Any) -> bytes | None:
    """Give the profile of the colours: the one in the file, or one made of its numbers."""
    if embedded := image.info.get("icc_profile"):
        return bytes(embedded)
    numbers = _numbers(image)
    return profile_of(numbers, grey=len(_channels(image.mode)) < 3) if numbers else None


def _numbers(image: Any) -> Numbers | None:
    """Give the numbers that describe the colours, which a profile beats."""
    given = image.info.get("nclx_profile")
    if not given or image.info.get("icc_profile"):
        return None
    points = tuple(
        (float(given[f"color_primary_{name}_x"]), float(given[f"color_primary_{name}_y"]))
        for name in _COLOURS
    )
    return Numbers(points, int(given["transfer_characteristics"]))


def write(writing: Writing) -> None:
    """Encode one picture in 8-bit HEVC."""
    frame = writing.frames[0]
    if frame.bands < 3:
        frame = frame.colourspace("srgb")
    library = _library()
    file = library.from_bytes(
        mode="RGBA" if frame.bands == 4 else "RGB",
        size=(frame.width, frame.height),
        data=frame.write_to_memory(),
    )
    chroma = {} if writing.subsampling == "auto" else {"subsampling": writing.subsampling}
    large = frame.width * frame.height > _LARGE
    file.save(
        writing.path,
        quality=writing.quality,
        enc_params={**_ENCODER, **(_FASTER if large else {})},
        tile_size=_TILE,
        **chroma,
    )


@hookimpl
def ashim_codecs() -> Iterable[Codec]:
    yield Codec(
        "heif",
        "image/heif",
        "heic",
        recognise=is_heif,
        probe=probe,
        read=read,
        write=write,
        extensions=("heif", "hif"),
        media_types=("image/heic", "image/heic-sequence", "image/heif-sequence"),
        alpha=True,
        quality=60,
        side=_SIDE,
        container="avif",
        metadata=metadata,
        subsamples=True,
        cost=Cost(read=0.15, write=0.5),
    )
