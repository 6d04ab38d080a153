"""The colour tables of a GIF: up to 256 entries, one of them for what is transparent."""

from typing import TYPE_CHECKING

from ashim_gif.encoder.packed import packed_rgb, rgb

if TYPE_CHECKING:
    from ashim_gif.encoder.packed import Indices, Mask, Packed, Places

MOST = 256


class Table:
    """Colours and their numbers, in the order in which they came.

    transparent: the number for what is not drawn; None if there is none yet.
    """

    def __init__(self, entries: "Packed | None" = None, transparent: int | None = None) -> None:
        import numpy

        self._entries = numpy.empty(0, numpy.uint32) if entries is None else entries
        self._order = self._entries.argsort(kind="stable")
        self._sorted = self._entries[self._order]
        self.transparent = transparent

    @classmethod
    def of(cls, data: bytes, transparent: int | None) -> "Table":
        """Read a table as it is written."""
        import numpy

        entries = packed_rgb(numpy.frombuffer(data, numpy.uint8).reshape(-1, 3))
        if transparent is not None:
            entries[transparent] = 0
        return cls(entries, transparent)

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def bits(self) -> int:
        """How many bits hold every number, 1 to 8."""
        return max(1, (len(self) - 1).bit_length())

    def holding(self, colours: "Packed", transparent: bool) -> "Table | None":
        """Give this table with what it lacks added to its end; None if that is too much.

        colours: each once. transparent: something isn't drawn.
        """
        import numpy

        more = colours[self._places(colours) < 0]
        place = transparent and self.transparent is None
        if len(self) + len(more) + place > MOST:
            return None
        if not (len(more) or place):
            return self
        # No colour is 0, so that is what stands where nothing is.
        nothing = numpy.zeros(int(place), numpy.uint32)
        entries = numpy.concatenate([self._entries, more, nothing])
        return Table(entries, len(entries) - 1 if place else self.transparent)

    def numbers(self, part: "Packed", drawn: "Mask") -> "Indices":
        """Give the numbers of pixels, all of whose colours are here."""
        import numpy

        result = numpy.full(part.shape, self.transparent or 0, numpy.uint8)
        result[drawn] = self._places(part[drawn])
        return result

    def _places(self, colours: "Packed") -> "Places":
        """Give the number of each colour, -1 where it is not here."""
        import numpy

        if not len(self):
            return numpy.full(colours.shape, -1, numpy.int16)
        at = self._sorted.searchsorted(colours).clip(max=len(self) - 1)
        found = numpy.where(self._sorted[at] == colours, self._order[at], -1)
        return found.astype(numpy.int16)

    @property
    def data(self) -> bytes:
        """The table as it is written: red, green and blue of each, and black up to its size."""
        colours = rgb(self._entries).tobytes()
        return colours.ljust(3 << self.bits, b"\0")


def distinct(colours: "Packed") -> "Packed | None":
    """Give each colour once, in order; None if they are more than a table holds."""
    import numpy

    # A sample refuses at once what has thousands.
    if len(numpy.unique(colours[:: max(1, len(colours) // (16 * MOST))])) > MOST:
        return None
    found = numpy.unique(colours)
    return found if len(found) <= MOST else None
