"""The package of the how-to does what the page says."""

from pathlib import Path

import pytest

from tests.extensions.conftest import Extended, fate, post
from tests.patience import until


def test_results_are_copied_and_counted(
    extended: Extended, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASHIM_MIRROR_FOLDER", str(tmp_path / "mirror"))
    client = extended("toy-mirror")
    kept = post(client, Accept="application/json").get_json()
    until(lambda: client.http.get("/api/mirror").get_json() == {"copied": 1})
    (copy,) = (tmp_path / "mirror").iterdir()
    assert copy.name == f"{kept['jobId']} {kept['outputs'][0]['name']}"
    with client.http.get(kept["downloadUrl"]) as answer:
        assert copy.read_bytes() == answer.data


def test_what_is_not_kept_is_not_copied(
    extended: Extended,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("ASHIM_MIRROR_FOLDER", str(tmp_path / "mirror"))
    client = extended("toy-mirror")
    post(client)
    client.core.events.close()
    assert client.http.get("/api/mirror").get_json() == {"copied": 0}
    assert fate(client, "toy-mirror").status == "loaded"
    assert not caplog.records
