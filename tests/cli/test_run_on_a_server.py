"""`ashim run --server`: the tools of a server, on one file or many, as if they were here."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import pyvips

from tests.cli.commands import ashim, done, refusal
from tests.client.tools import (
    complaint,
    damaged,
    folder,
    names_in,
    picture,
    plugins_in,
)
from tests.web.http import Caller
from tests.web.live import LiveServer, free_port, get_json, live_server

MIB = 1024 * 1024
PREFIX = "/ashim"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server with tools that aren't installed here, below a prefix, with small limits."""
    place = tmp_path_factory.mktemp("server")
    environment = {
        "ASHIM_PLUGINS_DIR": str(plugins_in(place / "plugins")),
        "ASHIM_ROOT_PATH": PREFIX,
        "MAX_BATCH_SIZE": "3",
        "MAX_UPLOAD_SIZE_MB": "1",
    }
    with live_server(place / "data", **environment) as live:
        yield live


@pytest.fixture(autouse=True)
def _used(server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ASHIM_KEY", raising=False)
    monkeypatch.setenv("ASHIM_SERVER", server.address + PREFIX)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return folder(tmp_path / "out")


def width(path: Path) -> int:
    return int(pyvips.Image.new_from_file(str(path)).width)


def nothing_is_kept(server: LiveServer) -> bool:
    jobs: list[object] = get_json(f"{server.address}/api/v1/jobs")["jobs"]
    return not jobs


def test_a_file_goes_there_and_its_result_comes_back(server: LiveServer, tmp_path: Path) -> None:
    source = picture(tmp_path / "photo.png")
    result = done("run", "resize", source, "--width", "12", "-o", tmp_path / "small.png")
    assert (result.stdout, result.stderr) == ("", "")
    assert width(tmp_path / "small.png") == 12
    assert nothing_is_kept(server)


@pytest.mark.parametrize("count", [1, 2])
def test_what_a_tool_tells_comes_back(tmp_path: Path, out: Path, count: int) -> None:
    files = [picture(tmp_path / f"{number}.png") for number in range(count)]
    result = done("run", "develop", *files, "--mask", files[0], "-o", out)
    assert result.stderr.count('{"baths": 2, "masked": true}') == count
    assert width(out / "0_develop.png") == 48


@pytest.mark.parametrize("before", [True, False])
def test_the_server_may_be_named_before_the_tool_or_after(
    server: LiveServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    monkeypatch.setenv("ASHIM_SERVER", "http://127.0.0.1:1")
    named = ("--server", server.address + PREFIX, "--key=unused")
    tool = ("upside-down", picture(tmp_path / "photo.png"))
    words = (*named, *tool) if before else (*tool, *named)
    done("run", *words, "-o", tmp_path / "a.png")
    assert width(tmp_path / "a.png") == 48


def test_an_empty_address_means_this_machine(tmp_path: Path) -> None:
    source = picture(tmp_path / "photo.png")
    line = refusal("run", "--server", "", "upside-down", source, "-o", "a.png")
    assert line.startswith("There is no tool 'upside-down'")


def test_tools_and_flags_are_those_of_the_server() -> None:
    assert "upside-down" in done("run", "--help").stdout
    text = done("run", "weigh", "--help").stdout
    for flag in ("--setting-key", "--setting-jobs", "--max-weight", "--server", "--key"):
        assert flag in text
    assert refusal("run", "upside-dwn", "--help").startswith(
        "There is no tool 'upside-dwn'; did you mean upside-down?"
    )


def test_more_files_than_a_request_may_have_and_one_that_is_broken(
    server: LiveServer, tmp_path: Path, out: Path
) -> None:
    files = [picture(tmp_path / str(n) / "photo.png", 40 + n) for n in range(7)]
    bad = damaged(tmp_path / "bad.png")
    result = ashim("run", "same", *files[:4], bad, *files[4:], "-o", out)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines() == [complaint(bad), "7 of 8 done, 1 failed"]
    names = ["photo_same.png", *(f"photo_same_{n}.png" for n in range(1, 7))]
    assert names_in(out) == sorted(names)
    assert [width(out / name) for name in names] == [40 + n for n in range(7)]
    assert nothing_is_kept(server)


def test_a_file_that_is_too_large_does_not_stop_the_others(tmp_path: Path, out: Path) -> None:
    good = [picture(tmp_path / f"{number}.png") for number in range(2)]
    large = tmp_path / "large.png"
    large.write_bytes(bytes(MIB + 1))
    result = ashim("run", "same", good[0], large, good[1], "-o", out)
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        f"{large}: The file is larger than 1 MB, the most that is accepted here.",
        "2 of 3 done, 1 failed",
    ]
    assert names_in(out) == ["0_same.png", "1_same.png"]


def test_when_all_fail_each_is_named(tmp_path: Path, out: Path) -> None:
    files = [damaged(tmp_path / f"{number}.png") for number in range(2)]
    result = ashim("run", "same", *files, "-o", out)
    *lines, summary = result.stderr.splitlines()
    assert (result.exit_code, summary) == (1, "0 of 2 done, 2 failed")
    assert [line.partition(": ")[0] for line in lines] == [str(file) for file in files]
    assert all("Invalid image" in line for line in lines)
    assert names_in(out) == []


def test_a_single_file_that_fails_is_one_line(server: LiveServer, tmp_path: Path) -> None:
    bad = damaged(tmp_path / "bad.png")
    assert refusal("run", "same", bad, "-o", tmp_path / "a.png") == complaint(bad)
    assert nothing_is_kept(server)


def test_what_is_in_the_folder_is_not_overwritten(tmp_path: Path, out: Path) -> None:
    files = [picture(tmp_path / f"{number}.png") for number in range(2)]
    (out / "1_same.png").write_text("mine")
    line = f"{out / '1_same.png'} is there already: -f overwrites it."
    assert refusal("run", "same", *files, "-o", out) == line
    assert names_in(out) == ["1_same.png"]
    done("run", "same", *files, "-o", out, "-f")
    assert width(out / "1_same.png") == 48


def test_a_refused_setting_is_one_line(tmp_path: Path) -> None:
    source = picture(tmp_path / "photo.png")
    line = refusal("run", "resize", source, "--width", "0", "-o", tmp_path / "a.png")
    assert line == ("Invalid settings for resize: expected at least 1 for 'width' but received 0.")


def test_tools_that_report_take_several_files_or_none(tmp_path: Path) -> None:
    files = [picture(tmp_path / f"{number}.png", 40 + number) for number in range(2)]
    sizes = [file.stat().st_size for file in files]
    assert json.loads(done("run", "measure", *files).stdout) == {"sizes": sizes}
    lines = done("run", "weigh", *files, "--setting-key", "left").stdout.splitlines()
    reports: list[dict[str, Any]] = [json.loads(line) for line in lines]
    assert [item["bytes"] for item in reports] == sizes
    assert [item["file"] for item in reports] == [str(file) for file in files]
    assert {item["settings"]["key"] for item in reports} == {"left"}
    done("run", "write", "--text", "hello", "-o", tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_text() == "hello"


def test_several_results_of_each_file_are_kept_apart(tmp_path: Path, out: Path) -> None:
    files = [picture(tmp_path / f"{number}.png") for number in range(2)]
    done("run", "pages", *files, "-o", out)
    assert names_in(out) == ["page-1.txt", "page-1_1.txt", "page-2.txt", "page-2_1.txt"]


def test_a_pipeline_runs_there(tmp_path: Path, out: Path) -> None:
    steps = json.dumps(
        [{"toolId": "upside-down"}, {"toolId": "convert", "settings": {"format": "webp"}}]
    )
    files = [picture(tmp_path / f"{number}.png") for number in range(2)]
    done("pipeline", "run", "-", *files, "-o", out, typed=steps)
    assert names_in(out) == ["0_convert.webp", "1_convert.webp"]
    done("pipeline", "run", "-", files[0], "-o", tmp_path / "a.webp", typed=steps)
    assert width(tmp_path / "a.webp") == 48


@pytest.mark.parametrize("count", [1, 2])
def test_a_wrong_step_is_named(server: LiveServer, tmp_path: Path, out: Path, count: int) -> None:
    steps = json.dumps([{"toolId": "same"}, {"toolId": "resize", "settings": {"width": 0}}])
    files = [picture(tmp_path / f"{number}.png") for number in range(count)]
    line = refusal("pipeline", "run", "-", *files, "-o", out, typed=steps)
    assert line == ("Step 2 (resize): expected at least 1 for 'width' but received 0.")
    assert names_in(out) == []
    assert nothing_is_kept(server)


def test_no_server_is_one_line(tmp_path: Path) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    line = refusal("run", "--server", address, "same", picture(tmp_path / "a.png"), "-o", "b.png")
    assert line == f"{address} can't be reached: [Errno 111] Connection refused"


def test_a_wrong_address_is_one_line(tmp_path: Path) -> None:
    line = refusal("run", "--server", "images.example.org", "same", picture(tmp_path / "a.png"))
    assert line == (
        "Expected the address of a server such as https://images.example.org, "
        "got 'images.example.org'."
    )


def test_without_httpx_the_remedy_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("ashim_core.client")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "ashim_core.cli.there", raising=False)
    monkeypatch.setitem(sys.modules, "httpx", None)
    line = refusal("run", "--help")
    assert line.startswith("--server needs httpx: ")
    assert line.endswith("pip install 'ashim-core[client]'")


def test_a_key_signs_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = picture(tmp_path / "photo.png")
    command = ("run", "resize", source, "--width", "12", "-o", tmp_path / "small.png")
    environment = {"AUTH_ENABLED": "true", "SKIP_MUST_CHANGE_PASSWORD": "true"}
    with live_server(tmp_path / "data", **environment) as live:
        monkeypatch.setenv("ASHIM_SERVER", live.address)
        admin = Caller(live.address).signed_in("admin", "admin")
        made = admin("POST", "/api/v1/api-keys", {"name": "scanner"})
        assert made.status == 201, made.body
        none = "The server asks for a key: --key, or the variable ASHIM_KEY."
        assert refusal(*command) == none
        wrong = "The server doesn't know this key, or it has expired."
        assert refusal(*command, "--key", "si_0") == wrong
        assert refusal(*command, "--key", "schlüssel") == (
            "Expected a key of visible ASCII characters."
        )
        assert not (tmp_path / "small.png").exists()
        done(*command, "--key", made.body["key"])
        (tmp_path / "small.png").unlink()
        monkeypatch.setenv("ASHIM_KEY", made.body["key"])
        done(*command)
        assert admin("GET", "/api/v1/jobs").body == {"jobs": []}
    assert width(tmp_path / "small.png") == 12


def test_a_second_picture_is_sent_along(tmp_path: Path, out: Path) -> None:
    files = [picture(tmp_path / f"{number}.png", 40) for number in range(5)]
    stamp = picture(tmp_path / "stamp.png", 10)
    done("run", "beside", *files, "--stamp", stamp, "-o", out)
    assert [width(out / name) for name in names_in(out)] == [50] * 5
