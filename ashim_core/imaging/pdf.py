"""Whether a file that begins like a PDF is one: its end is looked at, ISO 32000-1 section 7.5."""

import mmap
import re

_END = 2048
"""Bytes at the end in which the last words of a PDF are: readers look at the last 1024."""
_LAST_WORDS = re.compile(rb"startxref\s+(\d{1,12})\s+%%EOF")
_BEGIN = 64
"""Bytes at the beginning of a table that tell what it is."""
_STREAM = re.compile(rb"\s*\d+\s+\d+\s+obj\b")
_TABLE = re.compile(rb"\s*xref\s+\d+\s+\d+\s")
_LONGEST_TABLE = 16 * 1024 * 1024
"""Bytes of a table of 800,000 objects."""
_DICTIONARY = 4096
"""Bytes in which a trailer names its root."""


def is_pdf(data: mmap.mmap) -> bool:
    """Say whether the file leads from its end to a table of objects that has a root."""
    words = [*_LAST_WORDS.finditer(data[-_END:])]
    if not words:
        return False
    start = int(words[-1][1])
    begin = data[start : start + _BEGIN]
    if _STREAM.match(begin):  # the table as an object, from PDF 1.5 on
        dictionary = data[start : start + _DICTIONARY]
        return b"/XRef" in dictionary and b"/Root" in dictionary
    if not _TABLE.match(begin):
        return False
    trailer = data.find(b"trailer", start, start + _LONGEST_TABLE)
    return trailer > 0 and b"/Root" in data[trailer : trailer + _DICTIONARY]
