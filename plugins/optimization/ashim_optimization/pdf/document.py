"""Writing a PDF object by object. Only where each begins is kept in memory.

Source of the format: ISO 32000-1, sections 7.2 to 7.5 (objects, streams, cross-reference table)
and 7.7 (catalog and pages).
"""

from collections.abc import Iterable, Mapping
from typing import BinaryIO, NamedTuple

# The comment tells programs that move files about that this is no text.
_HEADER = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"
_CATALOG, _PAGES = 1, 2
_IN_TABLE, _IN_TREE = 20, 12
"""Bytes that an object takes in the cross-reference table, and a page at most in the tree."""

Entries = Mapping[str, str]
"""A dictionary of a PDF: names without the slash, values as they are written."""


class Stream(NamedTuple):
    """The bytes of a stream, piece by piece, and how many they are in all."""

    length: int
    pieces: Iterable[bytes]


def number(value: float) -> str:
    """Write a number as short as it can be; a PDF knows no exponents."""
    return f"{value:.4f}".rstrip("0").rstrip(".") if value % 1 else str(int(value))


def numbers(*values: float) -> str:
    """Write several numbers."""
    return " ".join(number(value) for value in values)


def reference(object: int) -> str:
    """Refer to an object by its number."""
    return f"{object} 0 R"


class Document:
    """A PDF that grows by one page after the other.

    The same inputs give the same bytes: there is neither a date nor a random name in it.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._places: dict[int, int] = {}
        self._pages: list[int] = []
        self._next = _PAGES + 1
        file.write(_HEADER)

    @property
    def size(self) -> int:
        """Bytes so far, with what `finish` has to say of every object and every page."""
        return self._file.tell() + _IN_TABLE * self._next + _IN_TREE * len(self._pages)

    def add(self, entries: Entries, stream: Stream | None = None) -> int:
        """Write a dictionary, or a stream with its dictionary; give the number of the object."""
        object, self._next = self._next, self._next + 1
        self._write(object, entries, stream)
        return object

    def add_page(self, width: float, height: float, content: bytes, picture: int) -> None:
        """Write a page, sizes in points. content: what draws `/P`, which is the picture."""
        drawing = self.add({}, Stream(len(content), [content]))
        page = {
            "Type": "/Page",
            "Parent": reference(_PAGES),
            "MediaBox": f"[0 0 {numbers(width, height)}]",
            "Resources": f"<</XObject <</P {reference(picture)}>>>>",
            "Contents": reference(drawing),
        }
        self._pages.append(self.add(page))

    def finish(self) -> None:
        """Write what holds the pages together, and where everything is."""
        kids = " ".join(reference(page) for page in self._pages)
        tree = {"Type": "/Pages", "Kids": f"[{kids}]", "Count": str(len(self._pages))}
        self._write(_PAGES, tree)
        self._write(_CATALOG, {"Type": "/Catalog", "Pages": reference(_PAGES)})
        start = self._file.tell()
        lines = [f"{self._places[object]:010} 00000 n \n" for object in range(1, self._next)]
        table = ["xref\n", f"0 {self._next}\n", "0000000000 65535 f \n", *lines]
        trailer = _dictionary({"Size": str(self._next), "Root": reference(_CATALOG)})
        end = f"trailer\n{trailer}\nstartxref\n{start}\n%%EOF\n"
        self._file.write(("".join(table) + end).encode())

    def _write(self, object: int, entries: Entries, stream: Stream | None = None) -> None:
        self._places[object] = self._file.tell()
        if stream is not None:
            entries = {**entries, "Length": str(stream.length)}
        self._file.write(f"{object} 0 obj\n{_dictionary(entries)}\n".encode())
        if stream is not None:
            self._file.write(b"stream\n")
            for piece in stream.pieces:
                self._file.write(piece)
            self._file.write(b"\nendstream\n")
        self._file.write(b"endobj\n")


def _dictionary(entries: Entries) -> str:
    inside = " ".join(f"/{name} {value}" for name, value in entries.items())
    return f"<<{inside}>>"
