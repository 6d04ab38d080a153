"""Find Duplicates: copies that are found, strangers that are not, and which one is the best."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest
import pyvips
from ashim_utilities.likeness import grouping
from ashim_utilities.likeness.grouping import groups
from ashim_utilities.likeness.hashing import Hash, distances, hashed

from ashim_core.testing import ToolClient, plain, sample
from ashim_core.testing.samples import scene

TOOL = "find-duplicates"
NAMES = (
    *(
        "astronaut.png",
        "camera.png",
        "chelsea.png",
        "coffee.png",
        "coins.png",
        "motorcycle_left.png",
    ),
    *("ihc.png", "moon.png", "page.png", "retina.jpg", "rocket.jpg", "hubble_deep_field.jpg"),
)


def opened(path: Path) -> pyvips.Image:
    image = pyvips.Image.new_from_file(str(path)).colourspace("srgb")
    return (image.flatten() if image.hasalpha() else image).cast("uchar").copy_memory()


@pytest.fixture(scope="module")
def pictures(photos: Path) -> dict[str, pyvips.Image]:
    """Photographs of different things, small enough to be quick."""
    found = {name: opened(photos / name) for name in NAMES}
    return {name: image.thumbnail_image(400).copy_memory() for name, image in found.items()}


def watermarked(image: pyvips.Image) -> pyvips.Image:
    """Write on it: a white bar over a part of its lower edge, half transparent."""
    bar = plain(image.width // 2, image.height // 10, 255, 255, 255)
    left, top = image.width // 3, image.height * 8 // 10
    below = image.crop(left, top, bar.width, bar.height)
    return image.insert(((below + bar) / 2).cast("uchar"), left, top)


def cut(left: float, top: float, right: float, bottom: float) -> Callable[..., pyvips.Image]:
    """Cut shares of the sides off."""

    def apply(image: pyvips.Image) -> pyvips.Image:
        width, height = image.width, image.height
        return image.crop(
            round(width * left),
            round(height * top),
            round(width * (1 - left - right)),
            round(height * (1 - top - bottom)),
        )

    return apply


CHANGES: dict[str, Callable[[pyvips.Image], pyvips.Image]] = {
    "encoded anew": lambda image: pyvips.Image.jpegload_buffer(image.jpegsave_buffer(Q=20)),
    "smaller": lambda image: image.resize(0.3),
    "larger": lambda image: image.resize(1.7),
    "stretched": lambda image: image.resize(1, vscale=0.8),
    "brighter": lambda image: (image * 1.15 + 8).cast("uchar"),
    "watermarked": watermarked,
    "cut at all sides": cut(0.025, 0.025, 0.025, 0.025),
    "cut at the left": cut(0.05, 0, 0, 0),
    "cut at the bottom": cut(0, 0, 0, 0.05),
    "cut in a corner": cut(0.04, 0.03, 0, 0),
    "in grey": lambda image: image.colourspace("b-w").colourspace("srgb"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_copies_are_found(pictures: dict[str, pyvips.Image], change: str) -> None:
    images = [*pictures.values(), *(CHANGES[change](image) for image in pictures.values())]
    found = groups([hashed(image) for image in images], threshold=8)
    pairs = {tuple(sorted(member.place for member in group)) for group in found}
    assert pairs == {(index, index + len(NAMES)) for index in range(len(NAMES))}


def test_two_shots_of_one_scene_are_no_copies(
    pictures: dict[str, pyvips.Image], photos: Path
) -> None:
    other = opened(photos / "motorcycle_right.png").thumbnail_image(400)
    hashes = [hashed(image) for image in (pictures["motorcycle_left.png"], other)]
    assert groups(hashes, threshold=8) == []
    assert len(groups(hashes, threshold=20)) == 1


def test_a_distance_is_symmetric_and_nothing_to_itself(pictures: dict[str, pyvips.Image]) -> None:
    one, other = (hashed(pictures[name]) for name in ("coffee.png", "rocket.jpg"))
    there, back = (
        distances(first, second.parts[None])[0] for first, second in ((one, other), (other, one))
    )
    assert there == back > 10
    assert distances(one, one.parts[None])[0] == 0


def test_plain_pictures_are_told_apart_by_their_colours() -> None:
    shades = [plain(50, 50, *colour) for colour in ((0, 0, 0), (255, 255, 255), (3, 3, 3))]
    hashes = [hashed(image) for image in (*shades, plain(60, 40, 255, 255, 252))]
    assert [[member.place for member in group] for group in groups(hashes, 8)] == [[0, 2], [1, 3]]


def test_what_is_transparent_counts_as_white() -> None:
    clear = plain(50, 50, 200, 0, 0, 0)
    hashes = [hashed(clear), hashed(plain(50, 50, 255, 255, 255))]
    assert len(groups(hashes, 0)) == 1


def test_few_are_compared_and_none_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Against a search that compares each with all others, on hashes near to one another."""
    random = numpy.random.default_rng(5)
    weights = random.uniform(0.02, 0.98, 300)
    bits = random.random((300, 128)) < weights[:, None]
    bits[1::2] = bits[::2]
    flips = random.integers(0, 128, 150)
    bits[numpy.arange(1, 300, 2), flips] ^= True
    hashes = [
        Hash(numpy.repeat(numpy.packbits(row)[None], 16, axis=0), False, numpy.zeros(3))
        for row in bits
    ]
    compared = 0

    def counting(one: Hash, others: Any) -> Any:
        nonlocal compared
        compared += len(others)
        return distances(one, others)

    monkeypatch.setattr(grouping, "distances", counting)
    found = groups(hashes, 8)
    assert 0 < compared < 300 * 300 / 4
    everybody = numpy.arange(300)
    monkeypatch.setattr(grouping._Neighbours, "_candidates", lambda *_: everybody)
    assert groups(hashes, 8) == found
    assert len(found) > 50


def test_the_report(reported: Any) -> None:
    small, large, other = scene(60, 40), scene(120, 80), sample("rgba")
    report = reported(TOOL, small, other, large.jpegsave_buffer(Q=90), large)
    del report["jobId"]
    (group,) = report.pop("duplicateGroups")
    sizes = {index: len(data) for index, data in enumerate(map(_bytes, (small, large)))}
    assert report == {
        "totalImages": 4,
        "uniqueImages": 1,
        "spaceSaveable": sizes[0] + len(large.jpegsave_buffer(Q=90)),
        "unreadable": [],
    }
    assert (group["groupId"], group["best"]) == (1, 3)
    assert group["reason"] == "It has as many pixels as another, and PNG loses nothing."
    assert sorted(copy["index"] for copy in group["files"]) == [0, 2, 3]
    best = group["files"][0]
    assert best == {
        "index": 3,
        "filename": "sample.png",
        "width": 120,
        "height": 80,
        "fileSize": sizes[1],
        "format": "png",
        "distance": 0.0,
        "similarity": 100.0,
        "isBest": True,
        "thumbnail": None,
    }
    assert [copy["isBest"] for copy in group["files"]] == [True, False, False]


def _bytes(image: pyvips.Image) -> bytes:
    return image.pngsave_buffer()


@pytest.mark.parametrize(
    ("files", "best", "reason"),
    [
        ((scene(60, 40), scene(90, 60)), 1, "It has the most pixels: 90 x 60."),
        (
            (scene().jpegsave_buffer(Q=30), scene().jpegsave_buffer(Q=90)),
            1,
            "It has as many pixels as another in more bytes",
        ),
        ((scene(), scene()), 0, "It was sent first of those that are equally good."),
    ],
)
def test_the_best_and_why(reported: Any, files: Any, best: int, reason: str) -> None:
    (group,) = reported(TOOL, *files)["duplicateGroups"]
    assert group["best"] == best
    assert group["reason"].startswith(reason)


def test_the_threshold(reported: Any, photos: Path) -> None:
    pair = [
        opened(photos / f"motorcycle_{side}.png").thumbnail_image(300) for side in ("left", "right")
    ]
    found = [len(reported(TOOL, *pair, threshold=value)["duplicateGroups"]) for value in (0, 8, 20)]
    assert found == [0, 0, 1]


def test_thumbnails_if_asked_for(reported: Any) -> None:
    (group,) = reported(TOOL, scene(600, 400), scene(60, 40), thumbnails=True)["duplicateGroups"]
    large, small = (
        pyvips.Image.jpegload_buffer(base64.b64decode(copy["thumbnail"].partition(",")[2]))
        for copy in group["files"]
    )
    assert group["files"][0]["thumbnail"].startswith("data:image/jpeg;base64,")
    assert (large.width, large.height, small.width) == (200, 133, 60)


def test_what_can_not_be_read_is_left_out_and_said(reported: Any, client: ToolClient) -> None:
    report = reported(TOOL, scene(), b"no picture", scene())
    assert report["totalImages"] == 2
    (left_out,) = report["unreadable"]
    assert (left_out["index"], left_out["code"]) == (1, "INVALID_IMAGE")
    assert left_out["error"].startswith("sample.png: ")
    assert client.refusal(TOOL, scene(), b"no picture") == (422, "TOO_FEW_PICTURES")
    assert client.refusal(TOOL, scene()) == (400, "NO_FILE")
    assert client.refusal(TOOL, scene(), scene(), threshold=21) == (400, "INVALID_SETTINGS")
