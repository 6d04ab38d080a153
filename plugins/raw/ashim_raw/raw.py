"""Raw pictures of cameras, developed by LibRaw."""

import errno
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyvips

from ashim_core.plugin import Codec, Cost, Probe, Raster, from_numpy, hookimpl
from ashim_raw.cameras import is_raw

_ORIENTATIONS = {0: 1, 1: 2, 2: 4, 3: 3, 4: 5, 5: 8, 6: 6, 7: 7}
"""How LibRaw says that a picture is to be turned, as an EXIF orientation."""
_GAMMA_OF_SRGB = (2.4, 12.92)
_BITS = 16
"""What LibRaw makes of the 10 to 16 bits of a sensor; how many those are, it says too late."""


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Have LibRaw read the header; pixels are unpacked when they are asked for."""
    import rawpy  # noqa: PLC0415 - heavy

    file = rawpy.RawPy()
    try:
        file.open_file(str(path))
        yield file
    except (rawpy.LibRawUnsufficientMemoryError, rawpy.LibRawMemPoolOverflowError) as error:
        raise MemoryError from error
    except OSError as error:
        if error.errno == errno.ENOMEM:
            raise MemoryError from error
        raise
    finally:
        file.close()


def probe(path: Path) -> Probe:
    """Read the sizes, without developing anything."""
    with _opened(path) as file:
        sizes = file.sizes
    width, height = sizes.iwidth, sizes.iheight
    # Where pixels are not square, LibRaw stretches the shorter side.
    if 0 < sizes.pixel_aspect < 1:
        height = int(height / sizes.pixel_aspect + 0.5)
    elif sizes.pixel_aspect > 1:
        width = int(width * sizes.pixel_aspect + 0.5)
    return Probe(width, height, orientation=_ORIENTATIONS.get(sizes.flip, 1), bits=_BITS)


def read(path: Path, all_frames: bool) -> Raster:
    """Develop: white balance of the camera, colours of sRGB, not turned."""
    with _opened(path) as file:
        file.unpack()
        pixels = file.postprocess(
            use_camera_wb=True, output_bps=8, user_flip=0, gamma=_GAMMA_OF_SRGB
        )
    frame: pyvips.Image = from_numpy(pixels)
    return Raster((frame,))


@hookimpl
def ashim_codecs() -> Iterable[Codec]:
    yield Codec(
        "raw",
        "image/x-dcraw",
        "dng",
        recognise=is_raw,
        probe=probe,
        read=read,
        extensions=("arw", "cr2", "nef", "orf", "rw2"),
        media_types=(
            *("image/x-adobe-dng", "image/x-sony-arw", "image/x-canon-cr2", "image/x-nikon-nef"),
            *("image/x-olympus-orf", "image/x-panasonic-rw2"),
        ),
        cost=Cost(read=0.2),
    )
