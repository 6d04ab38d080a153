"""Between the core's pictures and those that Pillow and NumPy functions take.

Only pixels cross over, never files.
"""

from typing import TYPE_CHECKING, Any

import pyvips

if TYPE_CHECKING:
    import numpy.typing
    import PIL.Image

_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


def to_pillow(image: pyvips.Image) -> "PIL.Image.Image":
    """Give an 8-bit picture as a Pillow image of mode L, LA, RGB or RGBA."""
    from PIL import Image

    return Image.frombytes(
        _MODES[image.bands], (image.width, image.height), image.write_to_memory()
    )


def from_pillow(image: "PIL.Image.Image") -> pyvips.Image:
    """Take a Pillow image of any mode back."""
    if image.mode not in _MODES.values():
        transparent = image.mode in ("PA", "La") or "transparency" in image.info
        image = image.convert("RGBA" if transparent else "RGB")
    return _from_memory(image.tobytes(), image.width, image.height, len(image.getbands()))


def to_numpy(image: pyvips.Image) -> "numpy.typing.NDArray[numpy.uint8]":
    """Give an 8-bit picture as an array of shape (height, width, bands)."""
    import numpy

    flat = numpy.frombuffer(image.write_to_memory(), dtype=numpy.uint8)
    return flat.reshape(image.height, image.width, image.bands)


def from_numpy(array: "numpy.typing.NDArray[numpy.uint8]") -> pyvips.Image:
    """Take an array of shape (height, width) or (height, width, 1 to 4) back."""
    height, width = array.shape[:2]
    bands = array.shape[2] if array.ndim == 3 else 1
    if str(array.dtype) != "uint8" or array.ndim not in (2, 3) or bands not in _MODES:
        raise TypeError(
            "expected uint8 of shape (height, width, 1 to 4), "
            f"got {array.dtype} of shape {array.shape}"
        )
    return _from_memory(array.tobytes(), width, height, bands)


def _from_memory(data: Any, width: int, height: int, bands: int) -> pyvips.Image:
    image = pyvips.Image.new_from_memory(data, width, height, bands, "uchar")
    return image.copy(interpretation="b-w" if bands < 3 else "srgb")
