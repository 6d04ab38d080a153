"""Other times in a file whose frames stay as they are."""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyvips
from ashim_gif.retiming import retimed
from ashim_gif.retiming.webp import is_lossless
from numpy.typing import NDArray

Frame = NDArray[np.uint8]
Change = Callable[..., Any]


@pytest.fixture
def change(tmp_path: Path, shown: Callable[[bytes], Any]) -> Change:
    """Change a film; give it as it is seen, None if it can't be done."""

    def change(data: bytes, format: str, delays: Any = None, loop: int | None = None) -> Any:
        source, place = tmp_path / "film", tmp_path / "changed"
        source.write_bytes(data)
        place.unlink(missing_ok=True)
        if not retimed(source, format, place, delays, loop):
            assert not place.exists()
            return None
        return shown(place.read_bytes())

    return change


FORMATS = [("GIF", "gif"), ("WEBP", "webp"), ("PNG", "apng")]


@pytest.mark.parametrize(("name", "format"), FORMATS)
def test_times_and_loop_change_and_nothing_else(
    change: Change,
    make_film: Callable[..., bytes],
    palette_film: list[Frame],
    name: str,
    format: str,
) -> None:
    options = {"lossless": True, "exact": True} if name == "WEBP" else {}
    data = make_film(palette_film, [100, 110, 120, 130], format=name, **options)
    film = change(data, format, [20, 40, 60, 80], 6)
    assert (film.delays, film.loop) == ([20, 40, 60, 80], 6)
    assert (film.frames[..., :3] == np.stack(palette_film)).all()
    assert abs(len(film.data) - len(data)) < 40
    assert change(film.data, format, None, 2).delays == [20, 40, 60, 80]
    assert change(film.data, format, [30] * 4, None).loop == 6
    assert change(data, format, [20] * 3, None) is None


def test_a_gif_without_extensions_gets_them(change: Change) -> None:
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    head = b"GIF87a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + bytes(3) + b"\xff" * 3
    film = change(head + frame * 3 + b"\x3b", "gif", [50, 60, 70], 4)
    assert (film.delays, film.loop) == ([50, 60, 70], 4)
    assert film.data.startswith(b"GIF89a")
    assert change(head + frame * 3 + b"\x3b", "gif", None, 1).data == b"GIF89a" + (
        head[6:] + frame * 3 + b"\x3b"
    )


def test_long_times_of_an_apng_have_coarser_units(
    change: Change, make_film: Callable[..., bytes], palette_film: list[Frame]
) -> None:
    data = make_film(palette_film, format="PNG")
    assert change(data, "apng", [65_535, 65_540, 655_350, 20]).delays == [
        65_535,
        65_540,
        655_350,
        20,
    ]


def test_what_is_built_otherwise_is_left_alone(change: Change) -> None:
    for data, format in ((b"GIF89a" + bytes(9), "gif"), (b"RIFF" + bytes(30), "webp")):
        assert change(data, format, [20]) is None


def test_whether_a_webp_has_lost_something(
    tmp_path: Path, make_film: Callable[..., bytes], photos: list[Frame]
) -> None:
    path = tmp_path / "film.webp"
    still = pyvips.Image.black(9, 9)
    for data, lossless in (
        (make_film(photos, format="WEBP", lossless=True), True),
        (make_film(photos, format="WEBP", lossless=False), False),
        (still.webpsave_buffer(lossless=True), True),
        (still.webpsave_buffer(), False),
    ):
        path.write_bytes(data)
        assert is_lossless(path) is lossless
