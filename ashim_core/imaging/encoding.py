"""How a result shall be encoded."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from ashim_core.colour import WHITE, Colour
from ashim_core.imaging.codec import Subsampling
from ashim_core.imaging.decoded import Decoded
from ashim_core.imaging.formats import FORMATS


@dataclass(frozen=True)
class Encoding:
    """How the result is going to be written.

    format: the name of a format.
    quality: 1 to 100; None is the format's default. With `max_bytes` it is the highest tried.
    max_bytes: the result must not be larger; reached by lowering the quality.
    background: what shows through where the format can't hold alpha.
    lossless: nothing is lost, where the format can be written either way: WebP. Not with
        `max_bytes`.
    progressive: from coarse to fine, where the format can be: JPEG.
    keep_metadata: EXIF, XMP, IPTC and the ICC profile go along, as far as the format holds them.
    subsampling: whether colour has half the resolution of brightness, where the format leaves that
        open: JPEG, AVIF and HEIF. `auto` halves it below quality 90.
    no_larger: what came in takes the place of a result in the same format that has the same pixels
        and more bytes.
    choose: looks at the finished picture, whose pixels are in memory, and gives the encoding that
        is used. Before that this one stands, so its format has to hold whatever the chosen one
        may: an animation, a profile.
    """

    format: str
    quality: int | None = None
    max_bytes: int | None = None
    background: Colour = WHITE
    lossless: bool = False
    progressive: bool = False
    keep_metadata: bool = False
    subsampling: Subsampling = "auto"
    no_larger: bool = False
    choose: "Callable[[Decoded], Encoding] | None" = None

    def keeping_alpha(self) -> "Encoding":
        """Give the same encoding in a format that can hold alpha: PNG if this one can't."""
        if self.format in FORMATS and not FORMATS[self.format].alpha:
            return replace(self, format="png", quality=None)
        return self
