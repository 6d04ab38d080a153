"""Damage behind the first frame is the file's fault, too, and never the tool's."""

import pytest
import pyvips

from ashim_core.testing import MakeClient, sample
from ashim_core.testing.samples import HEIGHT, scene
from tests.data import plain

STEPS = 12


def pages(compression: str) -> bytes:
    """Make a TIFF of three pages."""
    strip = pyvips.Image.arrayjoin([scene(), scene().invert(), scene()], across=1).copy()
    strip.set_type(pyvips.GValue.gint_type, "page-height", HEIGHT)
    return strip.tiffsave_buffer(compression=compression)


PICTURES = {
    "gif": lambda: sample("two-frames"),
    "webp": lambda: sample("two-frames-webp"),
    "deflated pages": lambda: pages("deflate"),
    "pages of LZW": lambda: pages("lzw"),
    "pages of JPEG": lambda: pages("jpeg"),
}


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("tool", ["same", "upside-down", "mirror", "negative"])
def test_no_byte_of_a_later_frame_makes_it_the_tools_fault(
    ashim: MakeClient, name: str, tool: str
) -> None:
    client, whole = ashim(plain), PICTURES[name]()
    statuses = set()
    for place in range(len(whole) // 2, len(whole), max(len(whole) // 2 // STEPS, 1)):
        damaged = whole[:place] + bytes([whole[place] ^ 0x80]) + whole[place + 1 :]
        response = client.post(tool, damaged, name=f"a.{name}")
        assert response.status_code in (200, 400, 413, 422), f"at {place}: {response.text}"
        statuses.add(response.status_code)
    assert 422 in statuses or name == "webp"  # whose decoder makes something of most mistakes


@pytest.mark.parametrize("tool", ["same", "upside-down", "mirror"])
def test_a_cut_frame_is_damage(ashim: MakeClient, tool: str) -> None:
    whole = sample("two-frames")
    assert ashim(plain).refusal(tool, whole[: len(whole) - 40]) == (422, "DECODE_FAILED")
