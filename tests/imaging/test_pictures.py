"""What tools that take files ask of the core's decoders and encoders besides pictures."""

import pytest

from ashim_core.errors import FormatNotSupported, TooManyPixels
from ashim_core.imaging.encoding import Encoding
from ashim_core.imaging.formats import CORE_FORMATS
from ashim_core.imaging.pictures import Pictures
from ashim_core.limits import Limits

SMALL = Limits(megapixels=1, side=2000)


def test_a_result_is_counted_over_all_its_frames() -> None:
    pictures = Pictures(SMALL, CORE_FORMATS)
    pictures.check(1000, 1000, Encoding("gif"))
    pictures.check(100, 100, Encoding("gif"), frames=100)
    with pytest.raises(TooManyPixels, match=r"100 x 100 x 101 frames") as refusal:
        pictures.check(100, 100, Encoding("gif"), frames=101)
    assert refusal.value.details[0]["received"] == "100 x 100 x 101 frames"


def test_a_format_that_can_not_hold_the_sides_is_refused_before() -> None:
    pictures = Pictures(Limits(), CORE_FORMATS)
    with pytest.raises(FormatNotSupported, match="sides of at most 16383"):
        pictures.check(16_384, 10, Encoding("webp"), frames=2)


def test_time_that_a_tool_asks_for_is_asked_for_above() -> None:
    asked: list[float] = []
    Pictures(SMALL, CORE_FORMATS, allow=asked.append).allow(2.5)
    assert asked == [2.5]
