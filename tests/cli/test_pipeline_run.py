"""`ashim pipeline run`: steps from a file or standard input, on one file or many."""

import json
from pathlib import Path
from typing import Any

import pytest
import pyvips

from tests.cli.commands import ashim, done, refusal
from tests.client.tools import damaged, folder, names_in, picture, plugins_in

RESIZE = {"toolId": "resize", "settings": {"width": 12}}
WEBP = {"toolId": "convert", "settings": {"format": "webp"}}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ASHIM_SERVER", "ASHIM_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ASHIM_PLUGINS_DIR", str(plugins_in(tmp_path / "plugins")))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return folder(tmp_path / "out")


def steps(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value))
    return path


@pytest.mark.parametrize("value", [[RESIZE, WEBP], {"steps": [RESIZE, WEBP]}])
def test_a_file_goes_through_all_steps(tmp_path: Path, value: Any) -> None:
    source = picture(tmp_path / "photo.png")
    done("pipeline", "run", steps(tmp_path / "s.json", value), source, "-o", "small.webp")
    image = pyvips.Image.new_from_file("small.webp")
    assert (image.width, image.get("vips-loader")) == (12, "webpload")


def test_steps_come_from_standard_input_for_many_files(tmp_path: Path, out: Path) -> None:
    files = [picture(tmp_path / f"{number}.png") for number in range(3)]
    bad = damaged(tmp_path / "bad.png")
    text = json.dumps([RESIZE, WEBP])
    result = ashim("pipeline", "run", "-", *files, bad, "-o", out, typed=text)
    assert (result.exit_code, result.stdout) == (1, "")
    complaint, summary = result.stderr.splitlines()
    assert complaint.startswith(f"{bad}: Step 1 (resize): Invalid image: ")
    assert summary == "3 of 4 done, 1 failed"
    assert names_in(out) == ["0_convert.webp", "1_convert.webp", "2_convert.webp"]


def test_results_are_not_overwritten_whatever_step_decides_their_format(
    tmp_path: Path, out: Path
) -> None:
    (out / "0_resize.webp").write_text("mine")
    file = steps(tmp_path / "s.json", [WEBP, RESIZE])
    line = f"{out / '0_resize.webp'} is there already: -f overwrites it."
    assert refusal("pipeline", "run", file, picture(tmp_path / "0.png"), "-o", out) == line


def test_the_last_step_may_report(tmp_path: Path) -> None:
    files = [picture(tmp_path / f"{number}.png") for number in range(2)]
    file = steps(tmp_path / "s.json", [RESIZE, {"toolId": "weigh"}])
    lines = done("pipeline", "run", file, *files).stdout.splitlines()
    assert [json.loads(line)["file"] for line in lines] == [str(path) for path in files]


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (
            [RESIZE, {"toolId": "resize", "settings": {"width": "wide"}}],
            "Step 2 (resize): expected a whole number for 'width' but received \"wide\".",
        ),
        (
            [RESIZE, {"toolId": "rotat"}],
            "Step 2 (rotat): There is no tool 'rotat'; did you mean rotate?: "
            "expected a tool that can run here",
        ),
        (
            [RESIZE, {"settings": {}}],
            "Step 2: expected a value for 'toolId' but received nothing.",
        ),
        ([], "Invalid pipeline: expected 1 to 20 steps for 'steps' but received 0."),
        ({"step": []}, "Invalid pipeline: expected 'steps' and nothing else but "
         "received the unknown name 'step'."),
    ],
)  # fmt: skip
def test_a_wrong_step_is_named_before_any_work(
    tmp_path: Path, out: Path, value: Any, line: str
) -> None:
    file = steps(tmp_path / "s.json", value)
    files = [picture(tmp_path / f"{number}.png") for number in range(2)]
    assert refusal("pipeline", "run", file, *files, "-o", out) == line
    assert names_in(out) == []


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"[", "Expected valid JSON in '"), (b"\xff", "Expected the steps to be JSON in UTF-8: ")],
)
def test_what_is_no_json_is_one_line(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "s.json"
    file.write_bytes(content)
    line = refusal("pipeline", "run", file, picture(tmp_path / "a.png"), "-o", "b.png")
    assert line.startswith(words)
    assert str(file) in line


def test_a_pipeline_without_a_file_is_one_line(tmp_path: Path) -> None:
    file = steps(tmp_path / "s.json", [RESIZE])
    line = "resize takes 1 file(s), received 0"
    assert refusal("pipeline", "run", file, "-o", "b.png") == line


def test_steps_get_the_second_pictures_that_they_name(tmp_path: Path, out: Path) -> None:
    value = [{"toolId": "beside"}, {"toolId": "covered"}]
    plan = steps(tmp_path / "s.json", value)
    files = [picture(tmp_path / f"{name}.png") for name in "ab"]
    stamp = picture(tmp_path / "stamp.png", 10)
    extras = ["--extra", "stamp", stamp, "--extra", "mask", stamp]
    done("pipeline", "run", plan, *files, *extras, "-o", out)
    assert [pyvips.Image.new_from_file(str(out / name)).width for name in names_in(out)] == [58, 58]
    assert "Expected a second file in the field 'mask'" in refusal(
        "pipeline", "run", plan, files[0], *extras[:3], "-o", "out.png"
    )
