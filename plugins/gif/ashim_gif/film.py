"""A film: frames, how long each of them stays, and how often it plays."""

from collections.abc import Iterable
from dataclasses import dataclass

import pyvips

from ashim_core.plugin import Animation, Decoded, Size

_STILL_MS = 100
"""How long the only frame of a picture stays that isn't animated."""
_MEGA = 1_000_000


@dataclass(frozen=True)
class Film:
    """Frames of one size in 8-bit sRGB or grey, each computed when it is asked for.

    delays: milliseconds of each frame.  loop: how often it plays; 0 is for ever.
    """

    frames: Iterable[pyvips.Image]
    size: Size
    delays: tuple[int, ...]
    loop: int = 0

    @classmethod
    def of(cls, picture: Decoded) -> "Film":
        """Take a picture, which may be a still, as a film."""
        frame = picture.frames[0]
        animation = picture.animation or Animation((_STILL_MS,), 0)
        size = Size(frame.width, frame.height)
        return cls(picture.frames, size, animation.delays, animation.loop)

    @property
    def megapixels(self) -> float:
        """Of all frames."""
        return self.size.width * self.size.height * len(self.delays) / _MEGA
