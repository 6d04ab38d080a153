"""Opening one of many files: an error says which of them it is about."""

import pyvips

from ashim_core.plugin import InputFile, Pictures, Size, about
from ashim_layout.composing.cut import Cut, drawn


class Source:
    """A file whose header was read.

    size: as the picture is seen. coloured: it isn't grey.
    """

    def __init__(self, file: InputFile, pictures: Pictures) -> None:
        with about(file):
            header = pictures.header(file.path)
        self.file = file
        self.size = Size(*header.upright)
        self.coloured = header.bands > 2
        self._pictures = pictures

    def part(self, cut: Cut) -> pyvips.Image:
        """Open the picture, decoded no larger than needed, and cut a part out of it."""
        shrink = cut.shrink(self.size)
        return drawn(self._pictures.open(self.file.path, shrink=shrink).frames[0], cut)
