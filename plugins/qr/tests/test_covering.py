"""What may be covered: data only, and no more than is corrected."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import pyvips
from ashim_qr.choosing import Wish
from ashim_qr.covering import bears
from ashim_qr.drawing.drawing import Drawing, Look
from ashim_qr.drawing.logo import Logo
from ashim_qr.encoding import LEVELS, Level
from qrcode import QRCode

from ashim_core.plugin import ToolError

Read = Callable[[pyvips.Image], set[str]]

SQUARE = pyvips.Image.black(10, 10)


def logo(share: float, space: float = 0) -> Logo:
    return Logo(SQUARE, share, space, hides=True)


def modules_of(words: list[int], version: int) -> list[list[bool]]:
    """Have the library place words in a code."""
    code = QRCode(version, error_correction=1)
    code.data_cache = words
    code.makeImpl(False, 0)
    modules: list[list[bool]] = code.modules
    return modules


def differences(one: list[int], two: list[int], version: int) -> set[tuple[int, int]]:
    """Give the modules, column and row, in which the codes of two lists of words differ."""
    pairs = zip(modules_of(one, version), modules_of(two, version), strict=True)
    return {
        (x, y)
        for y, rows in enumerate(pairs)
        for x, (dark, other) in enumerate(zip(*rows, strict=True))
        if dark != other
    }


@pytest.mark.parametrize(("version", "words"), [(1, 26), (7, 196), (10, 346), (40, 3706)])
def test_words_lie_where_the_library_places_them(version: int, words: int) -> None:
    """All modules of a word may be covered, and none of a pattern, whatever the level."""
    for word in (0, words // 3, words - 1):
        changed = [255 * (number == word) for number in range(words)]
        cells = differences([0] * words, changed, version)
        assert len(cells) == 8
        assert all(bears(version, "L", cell(*place)) for place in cells)
    data = differences([0] * words, [255] * words, version)
    patterns = {*itertools.product(range(17 + 4 * version), repeat=2)} - data
    assert not any(bears(version, "H", cell(*place)) for place in patterns)


def cell(x: int, y: int) -> tuple[range, range]:
    return range(x, x + 1), range(y, y + 1)


def bearing(share: float, level: Level) -> Iterator[int]:
    for version in range(1, 41):
        if bears(version, level, logo(share).covered(17 + 4 * version)):
            yield version


def test_a_logo_lies_beside_the_alignment_patterns() -> None:
    """Versions 7 to 13 have one in the very middle, and from 21 on they are everywhere."""
    assert [*bearing(20, "M")] == [2, 3, 4, 5, 6, 14, 17, 18, 19, 20]
    assert not {7, 8, 9, 10, 11, 12, 13} & {*bearing(5, "H")}


def test_a_higher_level_bears_more() -> None:
    counts = [len([*bearing(25, level)]) for level in LEVELS]
    assert counts == sorted(counts)
    assert counts[0] == 0 < counts[1] < counts[2]


def test_a_larger_version_is_chosen_where_it_bears_the_logo() -> None:
    text = "a" * 120
    assert Wish(text, "M").code().version == 7
    assert Wish(text, "M", logo=logo(20)).code().version == 14
    assert Wish("a", "M", logo=logo(20)).code().version == 2
    assert Wish("a", "M", version=5, logo=logo(20)).code().version == 5


def test_round_frames_begin_at_version_2() -> None:
    versions = [Wish("a", "L", frames=frames).code().version for frames in ("square", "rounded")]
    assert versions == [1, 1]
    assert Wish("a", "L", frames="dot").code().version == 2
    assert Wish("a", "L", frames="extra-rounded").code().version == 2


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (Wish("a", "L", logo=logo(25)), "errorCorrectionLevel=M or logoSize=20 would do"),
        (
            Wish("a" * 400, "M", logo=logo(30)),
            "patterns by which scanners find their way: logoSize",
        ),
        (Wish("a" * 120, "M", version=9, logo=logo(5)), "their way: version=14 would do"),
        (Wish("a" * 2000, "M", logo=logo(5)), "less text or no logo would do"),
    ],
)
def test_a_logo_that_no_version_bears_is_refused_with_what_helps(wish: Wish, said: str) -> None:
    with pytest.raises(ToolError) as raised:
        wish.code()
    assert said in raised.value.message
    assert (raised.value.status, raised.value.code) == (422, "QR_UNREADABLE")
    assert raised.value.details[0]["field"] == "logoSize"


def test_what_is_named_as_a_remedy_helps() -> None:
    Wish("a", "M", logo=logo(25)).code()
    Wish("a", "L", logo=logo(20)).code()


def test_whatever_a_logo_shows_the_code_is_read(zxing: Read, zbar: Read) -> None:
    """Also where each covered module is the wrong one."""
    for level, share, text in itertools.product(LEVELS, (10, 20, 30), ("a" * 20, "b" * 150)):
        try:
            code = Wish(text, level, logo=logo(share)).code()
        except ToolError:
            continue
        columns, rows = logo(share).covered(code.side)
        wrong = tuple(
            tuple(dark != (x in columns and y in rows) for x, dark in enumerate(row))
            for y, row in enumerate(code.modules)
        )
        picture = Drawing(replace(code, modules=wrong), Look(), 4).picture((code.side + 8) * 4)
        assert zxing(picture) == zbar(picture) == {text}
