"""Having an error say which of several files it is about."""

from collections.abc import Iterator
from contextlib import contextmanager

import pyvips

from ashim_core.errors import AshimError, DecodeFailed
from ashim_core.tool import InputFile


@contextmanager
def about(file: InputFile) -> Iterator[None]:
    """Have an error name a file; one of its pixels, which libvips raises late, is DecodeFailed."""
    try:
        yield
    except AshimError as error:
        error.message = f"{file.name}: {error.message}"
        raise
    except pyvips.Error as error:
        if "out of memory" in str(error):
            raise
        raise DecodeFailed(
            f"{file.name}: the picture can't be decoded: it is damaged or cut off."
        ) from error
