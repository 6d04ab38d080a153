"""Opening a logo, which may be as large as any picture, without holding all of it."""

import pyvips

from ashim_core.plugin import AshimError, DecodeFailed, InputFile, Pictures, canvas

_DAMAGED = "the picture can't be decoded: it is damaged or cut off."


def opened(file: InputFile, pictures: Pictures, most: int) -> pyvips.Image:
    """Give a picture in memory, reduced so that no side has more than so many pixels."""
    try:
        longer = max(pictures.header(file.path).upright)
        picture = pictures.open(file.path, shrink=max(1, longer / most)).frames[0]
        scale = min(1, most / max(picture.width, picture.height))
        width, height = (max(1, round(side * scale)) for side in (picture.width, picture.height))
        return canvas.resampled(picture, width, height).copy_memory()
    except AshimError as error:
        error.message = f"{file.field}: {error.message}"
        raise
    except pyvips.Error as error:
        raise DecodeFailed(f"{file.field}: {_DAMAGED}") from error
