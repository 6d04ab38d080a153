"""`ashim run` on this machine: many files, where results go, and what is told of failures."""

import io
import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO

import pytest
import pyvips

from ashim_core.cli.place import Made
from ashim_core.cli.target import Target
from tests.cli.commands import ashim, done, refusal
from tests.client.tools import (
    complaint,
    damaged,
    folder,
    jpeg_named,
    names_in,
    picture,
    plugins_in,
)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ASHIM_SERVER", "ASHIM_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ASHIM_PLUGINS_DIR", str(plugins_in(tmp_path / "plugins")))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return folder(tmp_path / "out")


def width(path: Path) -> int:
    return int(pyvips.Image.new_from_file(str(path)).width)


def test_files_of_the_same_name_get_results_of_their_own(tmp_path: Path, out: Path) -> None:
    files = [picture(tmp_path / name / "photo.png", size) for name, size in (("a", 40), ("b", 50))]
    result = done("run", "same", *files, "-o", out)
    assert (result.stdout, result.stderr) == ("", "2 of 2 done\n")
    assert names_in(out) == ["photo_same.png", "photo_same_1.png"]
    assert [width(out / name) for name in names_in(out)] == [40, 50]


def test_results_of_one_name_in_several_formats_are_kept_apart(tmp_path: Path, out: Path) -> None:
    files = [picture(tmp_path / "photo.png", 40), jpeg_named(tmp_path / "photo.jpg")]
    done("run", "convert", *files, "--format", "webp", "-o", out)
    assert names_in(out) == ["photo_convert.webp", "photo_convert_1.webp"]
    assert width(out / "photo_convert.webp") == 40


def test_a_broken_file_does_not_stop_the_others(tmp_path: Path, out: Path) -> None:
    good = [picture(tmp_path / f"{number}.png") for number in range(3)]
    bad = damaged(tmp_path / "bad.png")
    result = ashim("run", "same", good[0], bad, *good[1:], "-o", out)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines() == [complaint(bad), "3 of 4 done, 1 failed"]
    assert names_in(out) == ["0_same.png", "1_same.png", "2_same.png"]


def test_a_file_that_kills_its_process_is_one_that_failed(tmp_path: Path, out: Path) -> None:
    files = [picture(tmp_path / f"{number}.png") for number in range(2)]
    result = ashim("run", "die", *files, "--signal", signal.SIGSEGV, "-o", out)
    died = "The picture can't be processed: its worker process died on it."
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        *(f"{file}: {died}" for file in files),
        "0 of 2 done, 2 failed",
    ]


def test_a_single_file_that_fails_is_one_line(tmp_path: Path) -> None:
    bad = damaged(tmp_path / "bad.png")
    assert refusal("run", "same", bad, "-o", tmp_path / "a.png") == complaint(bad)
    assert not (tmp_path / "a.png").exists()


def test_what_is_in_the_folder_is_not_overwritten(tmp_path: Path, out: Path) -> None:
    files = [picture(tmp_path / f"{number}.png") for number in range(3)]
    taken = [out / "1_same.png", out / "2_same.png"]
    taken[0].write_text("mine")
    line = f"{taken[0]} is there already: -f overwrites it."
    assert refusal("run", "same", *files, "-o", out) == line
    assert refusal("run", "same", files[1], "-o", out) == line
    taken[1].write_text("mine")
    line = f"{taken[0]} and 1 more are there already: -f overwrites them"
    assert refusal("run", "same", *files, "-o", out) == line
    assert names_in(out) == ["1_same.png", "2_same.png"]
    assert [path.read_text() for path in taken] == ["mine", "mine"]
    for flag in ("-f", "--overwrite"):
        done("run", "same", *files, "-o", out, flag)
    assert [width(path) for path in taken] == [48, 48]
    assert names_in(out) == ["0_same.png", "1_same.png", "2_same.png"]


def test_a_name_that_only_the_content_tells_is_not_overwritten(tmp_path: Path, out: Path) -> None:
    wrongly = jpeg_named(tmp_path / "photo.png")
    (out / "photo_same.jpg").write_text("mine")
    result = ashim("run", "same", wrongly, picture(tmp_path / "good.png"), "-o", out)
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        f"{wrongly}: photo_same.jpg is there already: -f overwrites it.",
        "1 of 2 done, 1 failed",
    ]
    assert (out / "photo_same.jpg").read_text() == "mine"
    assert names_in(out) == ["good_same.png", "photo_same.jpg"]


def test_a_file_that_is_named_is_replaced_as_a_whole(tmp_path: Path) -> None:
    source = picture(tmp_path / "photo.png", 40)
    done("run", "resize", source, "--width", "20", "-o", source)
    assert width(source) == 20
    umask = os.umask(0o022)
    os.umask(umask)
    assert stat.S_IMODE(source.stat().st_mode) == 0o666 & ~umask


def test_a_link_is_written_through(tmp_path: Path) -> None:
    (tmp_path / "link.png").symlink_to(tmp_path / "real.png")
    done("run", "same", picture(tmp_path / "photo.png"), "-o", tmp_path / "link.png")
    assert (tmp_path / "link.png").is_symlink()
    assert width(tmp_path / "real.png") == 48


def test_a_result_can_go_into_a_pipe(tmp_path: Path) -> None:
    command = ["run", "same", str(picture(tmp_path / "photo.png")), "-o", "/dev/stdout"]
    result = subprocess.run(
        [sys.executable, "-m", "ashim_core.cli.main", *command],
        check=True,
        capture_output=True,
    )
    assert result.stderr == b""
    assert pyvips.Image.new_from_buffer(result.stdout, "").width == 48


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_write_that_is_broken_off_leaves_nothing(out: Path, error: BaseException) -> None:
    def write(file: BinaryIO) -> None:
        file.write(b"half")
        raise error

    (out / "a.png").write_text("mine")
    with pytest.raises((Exception, KeyboardInterrupt)):
        Target(out, overwrite=True).save([Made("a.png", write)])
    assert names_in(out) == ["a.png"]
    assert (out / "a.png").read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["same", "a.png", "b.png"], "expected -o, a file or a folder for the result"),
        (
            ["same", "a.png", "b.png", "-o", "c.png"],
            "2 files make 2 results: expected -o to be a folder, got c.png",
        ),
        (
            ["same", "a.png", "-o", "missing/c.png"],
            "missing/c.png: expected the folder missing to be there",
        ),
        (["pages", "a.png", "-o", "c.txt"], "2 results: expected -o to be a folder, got c.txt"),
        (["pages", "a.png"], "expected -o, a file or a folder for the result"),
        (
            ["measure", *["a.png"] * 4],
            "measure takes 1 to 3 file(s), received 4",
        ),
        (["write", "a.png", "--text", "x"], "write takes 0 file(s), received 1"),
    ],
)
def test_mistakes_are_told_in_a_line(tmp_path: Path, arguments: list[str], line: str) -> None:
    for name in ("a.png", "b.png"):
        picture(tmp_path / name)
    assert refusal("run", *arguments) == line


def test_a_tool_without_files_and_one_with_several_results(tmp_path: Path, out: Path) -> None:
    done("run", "write", "--text", "hello", "-o", tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_text() == "hello"
    files = [picture(tmp_path / f"{number}.png") for number in range(2)]
    done("run", "pages", *files, "-o", out)
    assert names_in(out) == ["page-1.txt", "page-1_1.txt", "page-2.txt", "page-2_1.txt"]


def test_a_report_is_one_object(tmp_path: Path) -> None:
    file = picture(tmp_path / "a.png")
    report = json.loads(done("run", "weigh", file).stdout)
    assert report["bytes"] == file.stat().st_size
    assert report["process"] == os.getpid()


def test_a_tool_for_several_files_gets_all_of_them_at_once(tmp_path: Path) -> None:
    files = [picture(tmp_path / f"{number}.png", 40 + number) for number in range(3)]
    report = json.loads(done("run", "measure", *files).stdout)
    assert report == {"sizes": [file.stat().st_size for file in files]}


def test_reports_on_many_files_are_a_line_each_in_their_order(tmp_path: Path) -> None:
    files = [picture(tmp_path / f"{number}.png", 40 + number) for number in range(4)]
    result = done("run", "weigh", *files, "--jobs", "1")
    reports = [json.loads(line) for line in result.stdout.splitlines()]
    assert [report["file"] for report in reports] == [str(file) for file in files]
    assert [report["bytes"] for report in reports] == [file.stat().st_size for file in files]
    assert result.stderr == "4 of 4 done\n"
    (process,) = {report["process"] for report in reports}
    assert process != os.getpid()


@pytest.mark.parametrize("jobs", ["0", "65", "two"])
def test_jobs_is_a_number_of_processes(tmp_path: Path, jobs: str) -> None:
    result = ashim("run", "weigh", picture(tmp_path / "a.png"), "--jobs", jobs)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "'--jobs'" in result.stderr


def test_settings_with_names_of_the_commands_own_have_longer_flags(tmp_path: Path) -> None:
    file = picture(tmp_path / "a.png")
    flags = ("--setting-key", "left", "--setting-jobs", "3", "--max-weight", "5")
    report = json.loads(done("run", "weigh", file, *flags).stdout)
    assert report["settings"] == {"key": "left", "jobs": 3, "max_weight": 5}
    text = done("run", "weigh", "--help").stdout
    assert "--setting-max-weight" not in text


def test_a_note_that_is_true_of_many_files_is_said_once(tmp_path: Path, out: Path) -> None:
    files = [picture(tmp_path / f"{number}.png") for number in range(2)]
    result = done("run", "convert", *files, "--format", "png", "--quality", "5", "-o", out)
    assert result.stderr.splitlines() == ["note: quality: ignored, png is lossless", "2 of 2 done"]


def test_no_bar_where_there_is_no_terminal(tmp_path: Path, out: Path) -> None:
    files = [picture(tmp_path / f"{number}.png") for number in range(2)]
    result = done("run", "same", *files, "-o", out)
    assert result.output == "2 of 2 done\n"


def test_made_writes_all_of_a_result(out: Path) -> None:
    def write(file: BinaryIO) -> None:
        file.write(io.BytesIO(b"whole").read())

    Target(out / "a.txt", overwrite=False).save([Made("b.txt", write)])
    assert (out / "a.txt").read_bytes() == b"whole"


def test_a_second_picture_goes_with_every_file(tmp_path: Path, out: Path) -> None:
    files = [picture(tmp_path / f"{name}.png", size) for name, size in (("a", 40), ("b", 50))]
    stamp = picture(tmp_path / "stamp.png", 10)
    done("run", "beside", *files, "--stamp", stamp, "-o", out)
    assert [width(out / name) for name in names_in(out)] == [50, 60]
    done("run", "beside", files[0], "--stamp", stamp, "-o", "one.png")
    assert width(Path("one.png")) == 50


def test_a_second_picture_has_to_be_there(tmp_path: Path) -> None:
    photo = picture(tmp_path / "a.png")
    for given, said in [
        ([], "Missing option '--stamp'"),
        (["--stamp", "none.png"], "'--stamp': File 'none.png' does not exist"),
    ]:
        result = ashim("run", "beside", photo, *given)
        assert (result.exit_code, result.stdout) == (2, "")
        assert said in result.stderr


def test_what_a_tool_tells_is_a_line_of_json(tmp_path: Path, out: Path) -> None:
    files = [picture(tmp_path / f"{name}.png") for name in "ab"]
    vinegar = "note: It smells of vinegar."
    alone = done("run", "develop", files[0], "-o", "one.png")
    assert alone.stderr.splitlines() == [vinegar, '{"baths": 2, "masked": false}']
    many = done("run", "develop", *files, "--baths", "1", "--mask", files[0], "-o", out)
    told = '{"baths": 1, "masked": true}'
    assert many.stderr.splitlines() == [
        vinegar,
        f"{files[0]}: {told}",
        f"{files[1]}: {told}",
        "2 of 2 done",
    ]


@pytest.mark.parametrize("name", ["small.png", "small.PNG", "small.webp", "small.tif"])
def test_the_name_of_the_result_decides_its_format(tmp_path: Path, name: str) -> None:
    source, target = jpeg_named(tmp_path / "photo.jpg"), tmp_path / name
    done("run", "convert", source, "-o", target)
    loaders = {".png": "pngload", ".webp": "webpload", ".tif": "tiffload"}
    loader = str(pyvips.Image.new_from_file(str(target)).get("vips-loader"))
    assert loader == loaders[target.suffix.lower()]


def test_the_name_decides_the_format_of_a_pipeline(tmp_path: Path) -> None:
    steps = tmp_path / "steps.json"
    steps.write_text('[{"toolId": "resize", "settings": {"width": 8}}, {"toolId": "convert"}]')
    source, target = jpeg_named(tmp_path / "photo.jpg"), tmp_path / "small.png"
    done("pipeline", "run", steps, source, "-o", target)
    assert pyvips.Image.new_from_file(str(target)).get("vips-loader") == "pngload"


def test_a_format_that_was_asked_for_is_not_written_under_another_name(tmp_path: Path) -> None:
    source, target = jpeg_named(tmp_path / "photo.jpg"), tmp_path / "small.png"
    line = refusal("run", "convert", source, "--format", "webp", "-o", target)
    assert line == (
        f"{target} is named like png, but the result is webp: name it small.webp, or use a tool "
        "with a setting 'format'"
    )
    assert not target.exists()


@pytest.mark.parametrize("name", ["small.png", "small.webp", "small.gif"])
def test_a_tool_that_can_t_choose_writes_no_file_under_a_false_name(
    tmp_path: Path, name: str
) -> None:
    source = jpeg_named(tmp_path / "photo.jpg")
    assert "but the result is jpeg: name it small.jpg" in refusal(
        "run", "same", source, "-o", tmp_path / name
    )
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize("name", ["small.jpeg", "small.JPG", "small", "small.part", "small.v2"])
def test_names_that_promise_nothing_else_are_fine(tmp_path: Path, name: str) -> None:
    done("run", "same", jpeg_named(tmp_path / "photo.jpg"), "-o", tmp_path / name)
    assert (tmp_path / name).is_file()


def test_a_folder_for_several_results_is_made(tmp_path: Path) -> None:
    files = [picture(tmp_path / f"{number}.png") for number in range(2)]
    done("run", "same", *files, "-o", tmp_path / "new")
    assert names_in(tmp_path / "new") == ["0_same.png", "1_same.png"]


def test_a_folder_for_the_parts_of_one_file_is_made(tmp_path: Path) -> None:
    done("run", "pages", picture(tmp_path / "a.png"), "-o", tmp_path / "new")
    assert len(names_in(tmp_path / "new")) == 2


@pytest.mark.parametrize("count", [1, 2])
def test_names_that_are_no_text_do_not_stop_a_run(tmp_path: Path, out: Path, count: int) -> None:
    files = []
    for number in range(count):
        strange = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9-%d.png" % number))
        picture(tmp_path / "plain.png").rename(strange)
        files.append(strange)
    done("run", "same", *files, "-o", out)
    assert names_in(out) == [f"caf\ufffd-{number}_same.png" for number in range(count)]


def test_a_file_of_a_strange_name_that_fails_is_named_as_well_as_can_be(tmp_path: Path) -> None:
    strange = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.png"))
    damaged(tmp_path / "plain.png").rename(strange)
    assert "caf\ufffd.png" in refusal("run", "same", strange, "-o", tmp_path / "a.png")


def test_the_help_of_a_tool_shows_bounds_and_defaults() -> None:
    text = " ".join(done("run", "resize", "--help").stdout.split())
    assert "1 to " in text
    assert "default: " in text
