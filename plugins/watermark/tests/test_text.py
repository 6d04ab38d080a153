"""Text: what can be written, with which typefaces, and how it becomes pixels."""

import contextlib
import random
import subprocess
import sys
import unicodedata
from io import BytesIO
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import pyvips
from ashim_watermark.text import faces
from ashim_watermark.text.drawing import draw
from ashim_watermark.text.faces import Face, is_in_every_face
from ashim_watermark.text.typesetting import Align, Style
from ashim_watermark.text.wording import MOST, Wording, is_plain, is_visible
from PIL import ImageFont
from pydantic import TypeAdapter, ValidationError
from pymupdf_fonts import myfont

from ashim_core.plugin import Colour, ToolError

FACES: tuple[Face, ...] = get_args(Face)
BLACK = Colour(0, 0, 0)
ROOM = 4000
UNKNOWN = "\ue123"
"""For private use: no font has it, so it is drawn as a box with its number."""


def drawn(
    text: str,
    face: Face = "FiraGO",
    size: float = 48,
    *,
    align: Align = "left",
    room: tuple[int, int] = (ROOM, ROOM),
) -> np.ndarray[Any, np.dtype[Any]]:
    """Give how much ink a text has, pixel by pixel."""
    layer = draw(text, Style(face, size, BLACK, align), *room)
    assert (layer.bands, layer.interpretation, layer.format) == (4, "srgb", "uchar")
    flat = np.frombuffer(layer[3].write_to_memory(), dtype=np.uint8).astype(int)
    return flat.reshape(layer.height, layer.width)


def same(one: str, other: str, face: Face = "FiraGO") -> bool:
    return np.array_equal(drawn(one, face), drawn(other, face))


def runs(profile: np.ndarray[Any, np.dtype[Any]]) -> int:
    """Count the stretches that have ink."""
    filled = np.concatenate([[False], profile > 40])
    return int((filled[1:] & ~filled[:-1]).sum())


def lines(ink: np.ndarray[Any, np.dtype[Any]]) -> int:
    return runs(ink.max(axis=1))


def parts(ink: np.ndarray[Any, np.dtype[Any]]) -> list[np.ndarray[Any, np.dtype[Any]]]:
    """Cut out the pieces of ink, which are letters if each of them is in one."""
    mask = (ink > 128).astype(np.uint8)
    regions = pyvips.Image.new_from_array(mask).labelregions()
    assert isinstance(regions, pyvips.Image)
    labels = regions.numpy()
    found = []
    for number in np.unique(labels[mask > 0]):
        down, across = np.nonzero(labels == number)
        found.append(ink[down.min() : down.max() + 1, across.min() : across.max() + 1])
    return found


def test_there_are_26_faces_and_each_draws_in_its_own_way() -> None:
    """Two that draw alike would mean that one isn't found and another stands in for it."""
    pictures = {face: drawn("Hamburgefonstiv 0123", face).tobytes() for face in FACES}
    assert len(pictures) == 26
    assert len(set(pictures.values())) == 26


@pytest.mark.parametrize("face", [face for face in FACES if f"{face} Bold" in FACES])
def test_bold_has_more_ink(face: Face) -> None:
    (bold,) = [other for other in FACES if other == f"{face} Bold"]
    assert drawn("illness", bold).sum() > 1.15 * drawn("illness", face).sum()


@pytest.mark.parametrize("face", FACES)
def test_letters_are_equally_wide_in_faces_that_say_mono(face: Face) -> None:
    narrow, wide = (drawn(text, face).shape[1] for text in ("|iiiiiiii|", "|WWWWWWWW|"))
    assert (abs(narrow - wide) <= 1) is ("Mono" in face)


@pytest.mark.parametrize("size", [8, 13.5, 48, 100, 333, 1000])
def test_height_grows_with_the_size(size: float) -> None:
    """Capitals of FiraGO are 689 thousandths of the size high."""
    assert drawn("H", size=size).shape[0] == pytest.approx(0.689 * size, rel=0.01, abs=1.2)


def test_very_large_texts_are_enlarged_to_where_they_belong() -> None:
    """What is drawn is in memory, so it is less than what would be 50 megapixels here."""
    text = "HHHH HHHH\n" * 8
    large, small = (
        draw(text, Style("FiraGO", size, BLACK), 16_000, 16_000) for size in (1000, 100)
    )
    assert large.width == pytest.approx(10 * small.width, rel=0.01)
    assert large.height == pytest.approx(10 * small.height, rel=0.02)
    assert large.width * large.height > 40_000_000
    ink = large[3].copy_memory()
    assert ink.avg() == pytest.approx(small[3].avg(), rel=0.03)
    assert ink.max() == 255


def test_letters_differ() -> None:
    pictures = {drawn(letter).tobytes() for letter in "ABCabc123äß€жΩ"}
    assert len(pictures) == 14


@pytest.mark.parametrize("text", ["<b>&amp;", "</span>", "&#65;&lt;", "\"'<!-- -->", "a < b & c"])
def test_markup_and_entities_mean_nothing(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    reference = pyvips.Image.text(escaped, font="FiraGO 48", dpi=72)
    assert np.array_equal(drawn(text), reference.numpy().astype(int).reshape(drawn(text).shape))
    assert not same(text, "&")
    assert not same(text, "A<")


def test_a_line_break_begins_a_line() -> None:
    assert [lines(drawn(text)) for text in ("H", "H\nH", "H\nH\nH", "H H H")] == [1, 2, 3, 1]


def test_an_empty_line_takes_room() -> None:
    one, two = (drawn(text).shape[0] for text in ("H\nH", "H\n\nH"))
    assert two - 33 == pytest.approx(2 * (one - 33), abs=2)


def test_lines_are_broken_where_they_get_too_wide() -> None:
    ink = drawn("HHH HHH HHH", room=(150, ROOM))
    assert lines(ink) == 3
    assert 80 < ink.shape[1] <= 150
    assert lines(drawn("HHH HHH HHH", room=(270, ROOM))) == 2


def test_a_word_gets_smaller_before_it_is_broken() -> None:
    ink = drawn("H" * 12, room=(150, ROOM))
    assert lines(ink) == 1
    assert 130 <= ink.shape[1] <= 150


def test_a_word_that_is_far_too_long_is_broken_anywhere() -> None:
    ink = drawn("H" * 41, room=(150, ROOM))
    assert lines(ink) > 3
    assert ink.shape[1] <= 150


@pytest.mark.parametrize("height", range(60, 300, 7))
def test_a_text_too_high_gets_smaller_until_all_of_it_fits(height: int) -> None:
    ink = drawn("H\n" * 11 + "H", room=(ROOM, height))
    assert 0.9 * height - 12 <= ink.shape[0] <= height, "expected a pixel more per line not to fit"
    assert lines(ink) == 12
    heights = np.diff(np.flatnonzero(np.diff((ink.max(axis=1) > 40).astype(int), prepend=0)))[::2]
    assert heights.max() - heights.min() <= 1, "expected no line to be cut"


@pytest.mark.parametrize("seed", range(40))
def test_nothing_is_cut_off(seed: int) -> None:
    """Every letter is there, and all are of one size."""
    dice = random.Random(seed)
    words = ["H" * dice.randint(1, 4) for _ in range(dice.randint(1, 5))]
    size, room = dice.uniform(20, 400), (dice.randint(130, 900), dice.randint(90, 600))
    ink = drawn(" ".join(words), size=size, room=room)
    assert ink.shape[1] <= room[0]
    assert ink.shape[0] <= room[1]
    sizes = [part.shape for part in parts(ink)]
    assert len(sizes) == sum(map(len, words))
    for sides in zip(*sizes, strict=True):
        assert max(sides) - min(sides) <= 1


def test_edges_are_smooth_and_stems_are_sharp() -> None:
    slanted = drawn("A", size=100)
    assert ((slanted > 0) & (slanted < 255)).sum() > 100
    stem = drawn("I", size=100)[50]
    assert (stem == 255).sum() >= 8
    assert ((stem > 0) & (stem < 255)).sum() <= 2


def test_ink_has_the_colour_and_as_much_of_its_alpha() -> None:
    layer = draw("Hg", Style("FiraGO", 60, Colour(10, 20, 30, 128)), ROOM, ROOM)
    assert layer.extract_band(0, n=3).numpy().reshape(-1, 3).min(axis=0).tolist() == [10, 20, 30]
    assert layer.extract_band(0, n=3).numpy().reshape(-1, 3).max(axis=0).tolist() == [10, 20, 30]
    assert layer[3].max() == 128
    assert draw("Hg", Style("FiraGO", 60, Colour(0, 0, 0, 0)), ROOM, ROOM)[3].max() == 0


def test_a_text_with_symbols_is_drawn_in_the_colour_too() -> None:
    """That it might have colours of its own takes another way to the same pixels."""
    plain = draw("Hg", Style("FiraGO", 60, Colour(200, 20, 30)), ROOM, ROOM)
    other = draw("Hg\ufe0f", Style("FiraGO", 60, Colour(200, 20, 30)), ROOM, ROOM)
    left = plain.width - 4
    inked = plain[3].numpy()[:, :left] == 255
    both = [image.numpy()[:, :left][inked] for image in (plain, other)]
    assert not is_plain("Hg\ufe0f")
    assert np.array_equal(*both)


@pytest.mark.parametrize(("align", "edge"), [("left", 0), ("center", 0.5), ("right", 1)])
@pytest.mark.parametrize("text", ["HHHHHH\nI", "אאאאאא\nל"])
def test_short_lines_lie_where_align_says(text: str, align: Align, edge: float) -> None:
    """Also those of scripts that begin at the right."""
    ink = drawn(text, align=align)
    short = ink[-10:].max(axis=0)
    inked = np.flatnonzero(short > 40)
    before, after = inked[0], ink.shape[1] - 1 - inked[-1]
    assert before / (before + after) == pytest.approx(edge, abs=0.07)


def test_hebrew_runs_from_right_to_left() -> None:
    forced = "\u202d" + "אל" + "\u202c"
    assert same(forced, "לא")
    assert not same("אל", "לא")
    word = drawn("אל")
    ascender = np.flatnonzero(word[:4].max(axis=0) > 40)
    assert ascender.max() < word.shape[1] / 2, "expected the second letter, the high one, at left"


def test_arabic_letters_are_joined() -> None:
    joined = drawn("سلام")
    apart = drawn("\u200c".join("سلام"))
    assert joined.shape[1] < 0.8 * apart.shape[1]
    assert joined.shape[1] < 0.9 * sum(drawn(letter).shape[1] for letter in "سلام")
    assert runs(joined.max(axis=0)) < runs(apart.max(axis=0))


def test_lines_of_both_directions_are_close_to_each_other() -> None:
    both = drawn("Hello\nשלמה")
    assert both.shape[1] <= max(drawn(line).shape[1] for line in ("Hello", "שלמה")) + 48


def test_lines_of_both_directions_may_hold_nothing_that_is_seen() -> None:
    assert drawn("Hello\n\u2800\nשלמה").sum() > 0


SOFT_HYPHEN = "\xad"


def test_every_face_has_what_is_said_to_be_in_every_face() -> None:
    characters = map(chr, range(0xA1, 0x3000))
    said = [one for one in characters if is_in_every_face(one) and one != SOFT_HYPHEN]
    assert len(said) > 230
    for key in faces._KEYS.values():
        font = ImageFont.truetype(BytesIO(myfont(key)), 40)

        def glyph(character: str, font: ImageFont.FreeTypeFont = font) -> bytes:
            return bytes(font.getmask(character))

        lacked = glyph(UNKNOWN)
        assert [character for character in said if glyph(character) == lacked] == []


ELSEWHERE = "\u0416\u03bb\u2192\u017f"
"""Characters that some faces lack and several others have."""


def test_a_text_looks_the_same_whatever_was_drawn_before() -> None:
    first = draw_first(ELSEWHERE, "Space Mono")
    for face in FACES:
        drawn("before", face)
    assert np.array_equal(first, drawn(ELSEWHERE, "Space Mono"))


def draw_first(text: str, face: Face) -> np.ndarray[Any, np.dtype[Any]]:
    """Draw a text in a process that has never drawn any."""
    code = (
        "import sys; from plugins.watermark.tests.test_text import drawn;"
        "ink = drawn(*sys.argv[1:]); print(*ink.shape); print(ink.astype('uint8').tobytes().hex())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, text, face],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    shape, ink = done.stdout.splitlines()
    height, width = map(int, shape.split())
    return np.frombuffer(bytes.fromhex(ink), dtype=np.uint8).astype(int).reshape(height, width)


@pytest.mark.parametrize("face", ["Ubuntu", "Space Mono", "Fira Mono Bold"])
@pytest.mark.parametrize("letter", ["س", "א", "ก", "क", "→", "∑"])
def test_what_a_face_lacks_comes_from_another(face: Face, letter: str) -> None:
    assert not np.array_equal(drawn(letter, face), drawn(UNKNOWN, face))


def test_decorations_stay_on_their_letter() -> None:
    assert same("\u0065\u0301", "é")


@pytest.mark.parametrize("text", ["\u2800", "\u2800 \u2800", "\u034f", "\u2800\n\u2800"])
@pytest.mark.parametrize("size", [8, 1000])
def test_a_text_without_ink_is_refused(text: str, size: float) -> None:
    with pytest.raises(ToolError) as raised:
        drawn(text, size=size)
    assert (raised.value.status, raised.value.code) == (422, "TEXT_INVISIBLE")
    (detail,) = raised.value.details
    assert detail["field"] == "text"
    assert detail["received"].startswith(f"U+{ord(text[0]):04X}")


def test_a_text_too_small_to_be_seen_is_nothing() -> None:
    for text in (".", "H" * 500, "'"):
        assert drawn(text, size=8, room=(1, 1)).shape == (1, 1)


HOSTILE = {
    "wide": "W" * 500,
    "marks": "a" + "\u0301" * 499,
    "only marks": "\u0301" * 500,
    "ligatures": "\ufdfd" * 500,
    "lines": "a\n" * 249 + "a",
    "breaks": "\n" * 499 + "a",
    "line separators": "a\u2028b\u2029" * 100,
    "overrides": "\u202e" * 250 + "abc" + "\u202c" * 240,
    "embeddings": "\u202ba\u202ab" * 125,
    "isolates": "\u2067a\u2066b" * 125,
    "open brackets": "([{<" * 125,
    "zalgo": "Z\u0351\u036b\u0343\u036a\u0302\u0310" * 70,
    "emoji": "😀👩‍👩‍👧‍👦🏳️‍🌈" * 35,
    "flags": "🇩🇪" * 250,
    "tabs": "\t" * 499 + "a",
    "noncharacters": "\ufffe\uffff\U0010ffff" * 100 + "a",
    "private": "\U0010fffd\ue000" * 250,
    "variations": "a\ufe0f\U000e0100" * 160,
    "markup": "<span size='99999999'>&#0;" * 19,
    "nastaliq": "کیگھ" * 125,
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize(("size", "room"), [(1000, (900, 700)), (8, (3000, 40)), (48, (1, 5000))])
def test_no_text_is_larger_than_its_room(name: str, size: float, room: tuple[int, int]) -> None:
    height, width = drawn(HOSTILE[name], size=size, room=room).shape
    assert width <= room[0]
    assert height <= room[1]


def random_text(dice: random.Random) -> str:
    """Give characters of all over Unicode that the tools let through."""
    planes = [(0x20, 0x7E), (0xA0, 0x2FFF), (0x3000, 0xD7FF), (0xE000, 0xFFFF), (0x10000, 0x10FFFF)]
    start = dice.randint(0x20, 0x20000)
    near = [(start, start + 200)]
    bounds = [dice.choice(planes + near * 5) for _ in range(dice.randint(1, 40))]
    text = "".join(chr(dice.randint(*pair)) for pair in bounds)
    return "".join(letter for letter in text if unicodedata.category(letter) not in ("Cc", "Cs"))


@pytest.mark.parametrize("seed", range(20))
def test_texts_of_all_over_unicode_are_drawn_or_refused(seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(10):
        text = random_text(dice)
        room = dice.choice([(1, 1), (1, 5000), (5000, 1), (200, 100), (31, 17)])
        face, size = dice.choice(FACES), dice.uniform(8, 400)
        with contextlib.suppress(ToolError):  # there may be nothing to be seen
            height, width = drawn(text, face, size, room=room).shape
            assert width <= room[0], repr(text)
            assert height <= room[1], repr(text)


ACCEPTED = TypeAdapter(Wording)


@pytest.mark.parametrize("text", ["a", "a\nb", "a\tb", " a ", "é" * MOST, "😀", "\u202eabc", "­a"])
def test_texts_are_taken_as_they_are(text: str) -> None:
    assert ACCEPTED.validate_python(text) == text


def test_line_breaks_of_every_kind_are_one() -> None:
    assert ACCEPTED.validate_python("a\r\nb\rc\nd") == "a\nb\nc\nd"


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "\n", "\t \n", "\u00a0", "\u2003", "\u3000", "\u2028"),
        *("\u200b", "\u200d", "\u2060", "\ufeff", "\u202e\u202c", "\u00ad", "\U000e0041"),
        *("a\x00", "a\x07", "a\x1b[0m", "a\x7f", "a\x85", "a\ud800", "\udfffa", "a" * (MOST + 1)),
    ],
)
def test_what_cannot_be_written_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        ACCEPTED.validate_python(text)


def test_a_control_character_is_named() -> None:
    with pytest.raises(ValidationError, match=r"no control characters, got U\+0007"):
        ACCEPTED.validate_python("a\x07")


def test_spaces_and_steering_characters_are_invisible() -> None:
    assert not is_visible(" \n\t\u200b\u2060\ufeff\u202e")
    assert all(is_visible(text) for text in ("a", " a", ".", "\u0301", "😀"))


@pytest.mark.parametrize("text", ["© 2025", "®™°", "№ 5", "abc", "→", "é€ß", "סלאם", UNKNOWN])
def test_letters_and_common_signs_are_plain(text: str) -> None:
    assert is_plain(text)


@pytest.mark.parametrize("text", ["😀", "a ❤", "☀", "1\ufe0f\u20e3", "©\ufe0f", "🇩🇪", "👍🏽", "◽"])
def test_emoji_are_not_plain(text: str) -> None:
    assert not is_plain(text)


def outcome(code: str, folder: Path) -> tuple[str, str]:
    """Run Python in a process of its own with a folder for temporary files; give what it says."""
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\nsys.path[:] = {sys.path!r}\n{code}"],
        env={"TMPDIR": str(folder), "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout, done.stderr


DRAWS = """
from ashim_core.plugin import Colour
from ashim_watermark.text import faces
from ashim_watermark.text.drawing import draw
from ashim_watermark.text.typesetting import Style
"""
SAYS = """
images = [draw('Hé', Style(face, 48, Colour(0, 0, 0)), 999, 999) for face in ('FiraGO', 'Ubuntu')]
print(*(f'{image.width}x{image.height}' for image in images))
"""


def usual_sizes() -> str:
    pictures = [drawn("Hé", face) for face in FACES if face in ("FiraGO", "Ubuntu")]
    return " ".join(f"{ink.shape[1]}x{ink.shape[0]}" for ink in pictures)


def test_without_files_in_memory_nothing_is_left_on_the_disk(tmp_path: Path) -> None:
    looks = "import os, pathlib\nif hasattr(os, 'memfd_create'): del os.memfd_create\n"
    finds = f"print(len(list(pathlib.Path({str(tmp_path)!r}).glob('ashim-fonts-*/*'))))"
    told, complaints = outcome(looks + DRAWS + SAYS + finds, tmp_path)
    assert told.split("\n")[:2] == [usual_sizes(), "2"]
    assert complaints == ""
    assert not list(tmp_path.glob("ashim-fonts-*"))


def test_without_a_font_configuration_nobody_complains(tmp_path: Path) -> None:
    lacks = "import pathlib\nfaces._SYSTEM_CONFIG = pathlib.Path('/there/is/none')\n"
    sees = "import os\nprint('FONTCONFIG_FILE' in os.environ)"
    told, complaints = outcome(DRAWS + lacks + SAYS + sees, tmp_path)
    assert told.split("\n")[:2] == [usual_sizes(), "True"]
    assert complaints == ""
