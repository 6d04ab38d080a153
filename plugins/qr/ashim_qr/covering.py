"""How much of a code may be covered so that every scanner reads it.

What is covered is counted as if it were read wrongly, whatever is to be seen there; and only data
may be covered: scanners lay their grid by the other patterns, and take what looks like one of them
on a logo for one. Source: ISO/IEC 18004:2015, sections 6.3 (patterns), 7.6 (blocks, in table 9 with
the number of words that each corrects) and 7.7.3 (placement).
"""

from collections import Counter
from collections.abc import Iterator
from functools import cache

from ashim_qr.encoding import NUMBERS, Level

Cells = tuple[range, range]
"""Columns and rows of modules."""

_FORMAT = 9
"""Modules of a finder with its separator and the format beside it."""
_TIMING = 6
_ALIGNMENT = 2
"""Modules that an alignment pattern reaches to each side of its middle."""
_LARGE = 7
"""From this version on codes say in two places which version they are."""
_NUMBER = 11
_KEPT = {(1, "L"): 3, (1, "M"): 2, (2, "L"): 2}
"""Words that small codes don't correct with, so as to notice when they are wrong."""


def bears(version: int, level: Level, covered: Cells) -> bool:
    """Say whether a code is read whatever is in some of its modules."""
    columns, rows = covered
    words = [_words(version)[y][x] for y in rows for x in columns]
    if None in words:
        return False
    owners = _owners(version, level)
    # Behind the last word there are up to 7 modules that mean nothing.
    wrong = Counter(owners[word] for word in {*words} if word is not None and word < len(owners))
    return all(count <= _corrected(version, level, block) for block, count in wrong.items())


def _corrected(version: int, level: Level, block: int) -> int:
    from qrcode.base import rs_blocks  # noqa: PLC0415

    found = rs_blocks(version, NUMBERS[level])[block]
    more: int = found.total_count - found.data_count
    return (more - _KEPT.get((version, level), 0)) // 2


@cache
def _owners(version: int, level: Level) -> tuple[int, ...]:
    """Give the block of each word, in the order in which they are placed."""
    from qrcode.base import rs_blocks  # noqa: PLC0415

    blocks = rs_blocks(version, NUMBERS[level])
    data = [block.data_count for block in blocks]
    rest = [block.total_count - block.data_count for block in blocks]
    return (*_in_turns(data), *_in_turns(rest))


def _in_turns(counts: list[int]) -> Iterator[int]:
    """Take one of each block after the other, as long as there are any."""
    for turn in range(max(counts)):
        yield from (block for block, count in enumerate(counts) if turn < count)


@cache
def _words(version: int) -> list[list[int | None]]:
    """Give rows of modules: the number of the word that each is a bit of, None for patterns."""
    side = 17 + 4 * version
    words: list[list[int | None]] = [[None] * side for _ in range(side)]
    patterns = _patterns(version, side)
    bits = 0
    for x, y in _order(side):
        if (x, y) not in patterns:
            words[y][x] = bits // 8
            bits += 1
    return words


def _order(side: int) -> Iterator[tuple[int, int]]:
    """Go through a code in columns of two, up and down in turns, from the bottom right."""
    up = True
    for right in range(side - 1, 0, -2):
        x = right if right > _TIMING else right - 1
        for y in range(side - 1, -1, -1) if up else range(side):
            yield from ((x, y), (x - 1, y))
        up = not up


def _patterns(version: int, side: int) -> set[tuple[int, int]]:
    """Give the modules that are no data."""
    from qrcode.util import pattern_position  # noqa: PLC0415

    near, far, whole = range(_FORMAT), range(side - _FORMAT + 1, side), range(side)
    areas = [(near, near), (far, near), (near, far), (whole, range(_TIMING, _TIMING + 1))]
    areas.append((range(_TIMING, _TIMING + 1), whole))
    if version >= _LARGE:
        number = range(side - _NUMBER, side - _FORMAT + 1)
        areas += [(number, range(_TIMING)), (range(_TIMING), number)]
    middles = pattern_position(version)
    for x in middles:
        for y in middles:
            if not (x in near and (y in near or y in far)) and not (y in near and x in far):
                areas.append((_about(x), _about(y)))
    return {(x, y) for columns, rows in areas for x in columns for y in rows}


def _about(middle: int) -> range:
    return range(middle - _ALIGNMENT, middle + _ALIGNMENT + 1)
