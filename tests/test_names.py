"""File names from strangers."""

import pytest

from ashim_core.names import result_name, safe_name
from ashim_core.web.answers import disposition


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("photo.jpg", "photo.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\a.png", "a.png"),
        ("evil\r\nX-Injected: yes.png", "evilX-Injected_ yes.png"),
        ('quote".png', "quote_.png"),
        ("nul\0.png", "nul.png"),
        ("\u202egnp.exe", "gnp.exe"),
        ("e\u0301.png", "é.png"),
        ("", "upload"),
        (".", "upload"),
        ("...", "upload"),
        (".htaccess", "htaccess"),
        ("lone\ud800surrogate.png", "lonesurrogate.png"),
        ("a/b/c.tar.gz", "c.tar.gz"),
        ("e\u200d\u0301.png", "é.png"),
        ("a." + "b" * 38 + " " + "x" * 300, "a." + "b" * 38),
        ("图." + "y" * 500, "图." + "y" * 39),
    ],
)
def test_names_become_harmless(name: str, safe: str) -> None:
    assert safe_name(name) == safe
    assert safe_name(safe) == safe


@pytest.mark.parametrize("name", ["x" * 500 + ".jpeg", "图" * 500 + ".jpeg", "x." + "y" * 500])
def test_names_stay_short(name: str) -> None:
    assert len(safe_name(name).encode()) <= 150
    assert len(result_name(name, "resize", "png").encode()) <= 150


def test_long_names_keep_their_extension() -> None:
    assert safe_name("图" * 500 + ".jpeg").endswith("图.jpeg")


def test_results_are_named_after_the_tool() -> None:
    assert result_name("my.photo.jpg", "resize", "webp") == "my.photo_resize.webp"


def test_a_name_cannot_break_out_of_its_header() -> None:
    header = disposition('a"; filename=evil.exe; x="ü.png')
    assert header.isascii()
    assert header.count('"') == 2
    assert "filename*=UTF-8''a%22%3B%20filename%3Devil.exe" in header
