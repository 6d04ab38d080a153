"""The command line: the same tools, the same settings, the same errors."""

import json
from pathlib import Path

import pytest
import pyvips
from click.testing import CliRunner, Result

from ashim_core.cli.main import main
from ashim_core.testing import sample


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    for name in ("ASHIM_SERVER", "ASHIM_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    path.write_bytes(sample("rgb"))
    return path


def ashim(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(item) for item in arguments])


def test_run_writes_the_result(picture: Path, tmp_path: Path) -> None:
    result = ashim("run", "resize", picture, "--width", 12, "-o", tmp_path / "small.png")
    assert result.exit_code == 0, result.output
    image = pyvips.Image.new_from_file(str(tmp_path / "small.png"))
    assert (image.width, image.height) == (12, 8)


@pytest.mark.parametrize(
    ("flag", "width"),
    [
        ("--withoutEnlargement", 48),
        ("--without-enlargement", 48),
        ("--no-without-enlargement", 96),
    ],
)
def test_flags_are_made_from_the_schema(
    picture: Path, tmp_path: Path, flag: str, width: int
) -> None:
    result = ashim("run", "resize", picture, "--width", 96, flag, "-o", tmp_path / "a.png")
    assert result.exit_code == 0, result.output
    assert pyvips.Image.new_from_file(str(tmp_path / "a.png")).width == width


def test_help_describes_every_setting() -> None:
    text = ashim("run", "resize", "--help").output
    for words in ("--width", "--without-enlargement", "[cover|contain|fill|inside|outside]"):
        assert words in text


def test_many_files_go_into_a_folder(picture: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.png"
    other.write_bytes(sample("jpeg"))
    out = tmp_path / "out"
    out.mkdir()
    result = ashim("run", "resize", picture, other, "--width", 12, "-o", out)
    assert result.exit_code == 0, result.output
    assert {path.name for path in out.iterdir()} == {"photo_resize.png", "other_resize.jpg"}


def test_one_bad_file_does_not_stop_the_others(picture: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no picture")
    out = tmp_path / "out"
    out.mkdir()
    result = ashim("run", "resize", bad, picture, "--width", 12, "-o", out)
    assert result.exit_code == 1
    assert "bad.png: Invalid image" in result.output
    assert "1 of 2 done, 1 failed" in result.output
    assert (out / "photo_resize.png").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["resize", "photo.png", "-o", "a.png"], "at least one of width"),
        (["resize", "photo.png", "--width", "0", "-o", "a.png"], "at least 1"),
        (["resize", "photo.png", "--width", "wide", "-o", "a.png"], "not a valid integer"),
        (["resize", "photo.png", "--fit", "squeeze", "-o", "a.png"], "'cover'"),
        (["resise", "photo.png", "-o", "a.png"], "did you mean resize"),
        (["resize", "missing.png", "--width", "1", "-o", "a.png"], "does not exist"),
        (["resize", "photo.png", "--width", "1"], "expected -o"),
        (["resize", "photo.png", "photo.png", "--width", "1", "-o", "a.png"], "folder"),
    ],
)
def test_mistakes_are_explained_in_a_line(picture: Path, arguments: list[str], words: str) -> None:
    result = ashim("run", *arguments)
    assert result.exit_code != 0
    assert words in result.output
    assert "Traceback" not in result.output


def test_tools_lists_them() -> None:
    assert "resize" in ashim("tools").output
    listed = json.loads(ashim("tools", "--json").output)
    assert "resize" in {tool["id"] for tool in listed}


def test_plugins_lists_failures_with_the_next_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "plugins"
    folder.mkdir()
    (folder / "broken_one.py").write_text("1/0")
    monkeypatch.setenv("ASHIM_PLUGINS_DIR", str(folder))
    text = ashim("plugins").output
    assert "ZeroDivisionError" in text
    assert "to see the whole error" in text
    listed = json.loads(ashim("plugins", "--json").output)
    assert {item["status"] for item in listed} == {"loaded", "failed"}


def test_doctor_is_content_and_names_the_active_pillow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASHIM_PACKAGES", "ashim-essentials")  # others may lack a program here
    result = ashim("doctor")
    assert result.exit_code == 0, result.output
    assert "everything is in place" in result.output
    assert "pillow    Pillow" in result.output


def test_doctor_names_what_needs_mending(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASHIM_TYPO", "1")
    result = ashim("doctor")
    assert result.exit_code == 1
    assert "ASHIM_TYPO is set, but nothing reads it" in result.output


def test_a_wrong_variable_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "eighty")
    result = ashim("tools")
    assert result.exit_code == 1
    assert "PORT: Input should be a valid integer" in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize("name", ["Soft", "soft_glow", "-x", "x/y", "../x", "soft--glow", ""])
def test_new_tool_refuses_names_that_are_no_ids(name: str) -> None:
    assert ashim("new-tool", "--", name).exit_code != 0


def test_new_tool_refuses_to_overwrite(tmp_path: Path) -> None:
    assert ashim("new-tool", "soft-glow").exit_code == 0
    again = ashim("new-tool", "soft-glow")
    assert again.exit_code == 1
    assert "exists already" in again.output


def test_a_new_tool_works_as_it_is(tmp_path: Path, pytester: pytest.Pytester) -> None:
    """Its own tests pass, and no name of the example is left in it."""
    assert ashim("new-tool", "soft-glow", "--in", tmp_path).exit_code == 0
    package = tmp_path / "soft-glow"
    texts = [path.read_text() for path in package.rglob("*") if path.is_file()]
    assert not [text for text in texts if "pixelate" in text.lower() or "example" in text.lower()]
    pytester.syspathinsert(package)
    pytester.runpytest_inprocess(str(package), "-p", "no:cacheprovider").assert_outcomes(passed=3)
