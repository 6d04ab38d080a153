"""What a page can know about what is accepted, before anything is sent."""

from typing import Any

from ashim_core.testing import MakeClient, ToolClient, sample
from tests.data import plain, toy

PATH = "/api/v1/limits"
MIB = 1024 * 1024


def limits(client: ToolClient) -> Any:
    response: Any = client.http.get(PATH)
    assert response.status_code == 200, response.text
    return response.json


def test_they_are_those_of_the_configuration(ashim: MakeClient) -> None:
    client = ashim(
        plain,
        max_upload_size_mb=7,
        max_batch_size=9,
        max_pipeline_steps=4,
        max_megapixels=12.5,
        max_logo_size_kb=20,
        file_max_age_hours=1.5,
        library_quota_mb=30,
        rate_limit_per_min=50,
        rate_limit_pictures_per_min=80,
    )
    found = limits(client)
    del found["extensions"], found["mediaTypes"]
    assert found == {
        "maxUploadBytes": 7 * MIB,
        "maxBatchFiles": 9,
        "maxPipelineSteps": 4,
        "maxMegapixels": 12.5,
        "maxLogoBytes": 20 * 1024,
        "resultHours": 1.5,
        "libraryBytes": 30 * MIB,
        "requestsPerMinute": 50,
        "picturesPerMinute": 80,
    }


def test_where_there_is_no_limit_there_is_no_number(ashim: MakeClient) -> None:
    found = limits(ashim(plain, library_quota_mb=0, rate_limit_per_min=0))
    assert [found[name] for name in ("libraryBytes", "requestsPerMinute", "picturesPerMinute")] == [
        None
    ] * 3


def test_what_administrators_set_goes_first(client: ToolClient) -> None:
    before = client.http.get(PATH)
    client.http.put("/api/v1/settings", json={"fileUploadLimitMb": 3, "tempFileMaxAgeHours": 2})
    after: Any = client.http.get(PATH, headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert (after.json["maxUploadBytes"], after.json["resultHours"]) == (3 * MIB, 2)


def test_the_largest_upload_is_accepted_and_nothing_larger(ashim: MakeClient) -> None:
    client = ashim(plain, max_upload_size_mb=1)
    most = limits(client)["maxUploadBytes"]
    fits = sample("rgb").ljust(most, b"\0")
    assert client.post("measure", fits).status_code == 200
    assert client.refusal("measure", fits + b"\0") == (413, "FILE_TOO_LARGE")


def test_every_spelling_of_what_is_read_is_there(everything: ToolClient) -> None:
    found = limits(everything)
    spelt = {".jpg", ".jpeg", ".jfif", ".png", ".webp", ".avif", ".tif", ".tiff", ".gif", ".apng"}
    assert spelt <= set(found["extensions"])
    assert {"image/jpeg", "image/jpg", "image/png", "image/tiff"} <= set(found["mediaTypes"])
    assert {".heic", ".heif", ".hif", ".dng", ".nef", ".psb", ".ppm"} <= set(found["extensions"])
    assert {"image/heic", "image/heif", "image/x-icon"} <= set(found["mediaTypes"])
    for names in (found["extensions"], found["mediaTypes"]):
        assert len(names) == len(set(names))
        assert names == [name.lower() for name in names]
    assert all(name[0] == "." and name.count(".") == 1 for name in found["extensions"])
    assert all(name.count("/") == 1 for name in found["mediaTypes"])


def test_formats_of_packages_are_there_where_these_are(ashim: MakeClient) -> None:
    with_package, without = limits(ashim(plain, toy)), limits(ashim(plain))
    assert set(with_package["extensions"]) - set(without["extensions"]) == {".toy"}
    assert set(with_package["mediaTypes"]) - set(without["mediaTypes"]) == {"image/x-toy"}


def test_what_the_server_writes_ends_like_what_it_reads(everything: ToolClient) -> None:
    found = limits(everything)
    formats: Any = everything.http.get("/api/v1/formats").json
    for format in formats["formats"]:
        assert f".{format['extension']}" in found["extensions"]
        assert format["mediaType"] in found["mediaTypes"]
