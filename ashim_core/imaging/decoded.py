"""A picture that was decoded: its frames, and how they play."""

from dataclasses import dataclass

import pyvips


@dataclass(frozen=True)
class Animation:
    """What an animation has besides its frames.

    delays: milliseconds per frame.  loop: how often it plays, 0 is for ever.
    """

    delays: tuple[int, ...]
    loop: int


@dataclass(frozen=True)
class Decoded:
    """A decoded picture: its frames, all of one size, and how they play if there are several.

    profiled: the frames have an ICC profile that says what their colours mean; else it is sRGB.
    """

    frames: tuple[pyvips.Image, ...]
    animation: Animation | None = None
    profiled: bool = False

    @property
    def pixels(self) -> int:
        """Pixels of all frames."""
        return self.frames[0].width * self.frames[0].height * len(self.frames)
