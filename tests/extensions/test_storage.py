"""Storage as a package: what is kept lies there, and nowhere else when it fails."""

import io
from pathlib import Path

import pytest

from ashim_core.extension import FolderBlobs, FolderResults
from ashim_core.testing import ToolClient, check_blobs, check_results, sample
from tests.extensions.conftest import Extended, fate, post


@pytest.fixture
def depot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ASHIM_TOY_DEPOT_FOLDER", str(tmp_path / "depot"))
    (tmp_path / "key").write_text("open sesame\n")
    monkeypatch.setenv("ASHIM_TOY_DEPOT_KEY_FILE", str(tmp_path / "key"))
    return tmp_path / "depot" / "room 1 open sesame"


def upload(client: ToolClient) -> int:
    form = {"file": (io.BytesIO(sample("rgb")), "a.png")}
    return int(client.http.post("/api/v1/files/upload", data=form).status_code)


def test_results_and_files_lie_where_the_package_says(extended: Extended, depot: Path) -> None:
    client = extended("toy-depot")
    answer = post(client, Accept="application/json").get_json()
    assert (depot / "jobs" / answer["jobId"] / "result.json").is_file()
    with client.http.get(answer["downloadUrl"]) as download:
        assert download.status_code == 200
    assert upload(client) == 201
    assert len(list((depot / "files").glob("??/*"))) == 1
    data = client.core.config.data_dir
    assert not (data / "jobs").exists()
    assert not (data / "files").exists()


def test_the_checks_hold_for_it(depot: Path) -> None:
    check_results(lambda: FolderResults(depot / "jobs"))
    check_blobs(lambda: FolderBlobs(depot / "files"))


@pytest.mark.parametrize(
    "wrong",
    [
        ("ASHIM_TOY_DEPOT_ROOM", "0", "ASHIM_TOY_DEPOT_ROOM: Input should be greater than"),
        ("ASHIM_TOY_DEPOT_FOLDER", "/dev/null/x", "ashim_storage() failed: NotADirectoryError"),
        ("ASHIM_TOY_DEPOT_KEY_FILE", "/no/such/file", "a file that a variable names can't be read"),
    ],
)
def test_one_that_fails_keeps_nothing_elsewhere(
    extended: Extended, depot: Path, monkeypatch: pytest.MonkeyPatch, wrong: tuple[str, str, str]
) -> None:
    variable, value, reason = wrong
    monkeypatch.setenv(variable, value)
    client = extended("toy-depot")
    assert reason in (fate(client, "toy-depot").reason or "")
    # A result that isn't kept is given as ever.
    assert post(client).status_code == 200
    refused = post(client, Accept="application/json")
    assert (refused.status_code, refused.get_json()["code"]) == (503, "SERVER_BUSY")
    assert "'toy-depot'" in refused.get_json()["error"]
    assert upload(client) == 503
    assert client.http.get("/api/v1/files").status_code == 200
    assert client.http.get("/readyz").status_code == 503
    data = client.core.config.data_dir
    assert not (data / "jobs").exists()
    assert not (data / "files").exists()
    client.core.sweep()
