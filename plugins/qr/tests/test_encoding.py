"""Text to modules: what is in a code is what went in, in every script."""

from collections.abc import Callable

import pytest
import pyvips
from ashim_qr.drawing.drawing import Drawing, Look
from ashim_qr.encoding import LEVELS, Level, encode, fitting, too_long

Read = Callable[[pyvips.Image], set[str]]

CAPACITIES: dict[Level, tuple[int, int, int]] = {
    "L": (7089, 4296, 2953),
    "M": (5596, 3391, 2331),
    "Q": (3993, 2420, 1663),
    "H": (3057, 1852, 1273),
}
"""Digits, letters and bytes in version 40. Source: ISO/IEC 18004:2015, table 7."""


def drawn(text: str, level: Level = "L") -> pyvips.Image:
    version = fitting(text, level)
    assert version
    drawing = Drawing(encode(text, level, version), Look(), 4)
    return drawing.picture(drawing.side * 4)


@pytest.mark.parametrize(
    "text",
    [
        *("hello", "Grüße aus München", "äöü", "é", "naïve café", "ｱｲｳ", "\u00a0", "日本語"),
        *("こんにちは世界", "Привет, мир", "Ελληνικά", "مرحبا", "한국어", "😀 €", "\ufeffmarked"),
        *("0123456789" * 9, "HTTPS://EXAMPLE.ORG/A", "a\nb\tc\\d;e", "A" * 25 + "1" * 25 + "ü"),
    ],
)
def test_every_script_is_read_by_both(zxing: Read, zbar: Read, text: str) -> None:
    picture = drawn(text)
    for read in (zxing, zbar):
        assert read(picture) == {text}


@pytest.mark.parametrize("level", LEVELS)
def test_as_much_fits_as_the_standard_says(level: Level) -> None:
    for character, most in zip("7Aa", CAPACITIES[level], strict=True):
        assert fitting(character * most, level) == 40
        assert fitting(character * (most + 1), level) is None


def test_the_smallest_version_is_found() -> None:
    assert [fitting("a" * length, "M") for length in (14, 15, 180, 181)] == [1, 2, 9, 10]
    assert fitting("ä" * 6, "M") == 1
    assert fitting("ä" * 7, "M") == 2
    assert fitting("a", "L", range(5, 9)) == 5


def test_the_largest_code_is_read(zxing: Read) -> None:
    text = "€" * 983
    assert zxing(drawn(text)) == {text}


@pytest.mark.parametrize(
    ("text", "level", "versions", "said"),
    [
        ("7" * 4000, "H", range(1, 41), "3057 of its 4000 characters fit; errorCorrectionLevel=M"),
        ("ü" * 2000, "L", range(1, 41), "1476 of its 2000 characters fit; it has to be shorter"),
        ("a" * 50, "H", (1,), "version 1 at level H: 7 of its 50 characters fit; version=6"),
    ],
)
def test_what_is_too_long_is_told_how_much_would_fit(
    text: str, level: Level, versions: range, said: str
) -> None:
    error = too_long(text, level, versions)
    assert said in error.message
    assert (error.status, error.code) == (422, "DATA_TOO_LONG")
