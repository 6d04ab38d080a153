"""Which profiles are taken for sRGB: only those that are."""

from pathlib import Path

import pytest
import pyvips

from ashim_core.imaging.profile import is_srgb
from ashim_core.testing.samples import scene


def profile(name: str) -> bytes:
    """Give a profile that libvips has built in."""
    return embedded(scene().icc_transform(name, input_profile="srgb"))


def embedded(image: pyvips.Image) -> bytes:
    data: object = image.get("icc-profile-data")
    assert isinstance(data, bytes)
    return data


def test_srgb_is_recognised() -> None:
    assert is_srgb(profile("srgb"))


def test_other_profiles_are_not(photos: Path) -> None:
    adobe = embedded(pyvips.Image.new_from_file(str(photos / "rocket.jpg")))
    assert not is_srgb(adobe)
    assert not is_srgb(profile("p3"))
    assert not is_srgb(profile("cmyk"))


def test_a_profile_of_the_same_primaries_with_another_curve_is_not() -> None:
    straight = profile("srgb")
    at = straight.index(b"rTRC")
    start = int.from_bytes(straight[at + 4 : at + 8], "big")
    linear = b"curv" + bytes(4) + bytes(4) + straight[start + 12 :]
    assert not is_srgb(straight[:start] + linear)


def test_the_name_alone_is_not_enough() -> None:
    renamed = profile("p3").replace("sP3C".encode("utf-16-be"), "sRGB".encode("utf-16-be"))
    assert renamed != profile("p3")
    assert not is_srgb(renamed)


@pytest.mark.parametrize("data", [b"", b"sRGB", bytes(128), b"\xff" * 400])
def test_garbage_is_not(data: bytes) -> None:
    assert not is_srgb(data)


@pytest.mark.parametrize("cut", [10, 130, 150, 300])
def test_cut_profiles_raise_nothing(cut: int) -> None:
    is_srgb(profile("srgb")[:cut])
