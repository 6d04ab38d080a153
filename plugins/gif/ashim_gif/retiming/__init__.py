"""Other times and loops for a film whose frames stay in the file as they are.

Nothing is decoded and encoded anew, so nothing is lost; what a file says besides its picture is
left out, as from every result.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from ashim_core.plugin import AshimError, metadata
from ashim_gif.retiming import apng, gif, webp
from ashim_gif.retiming.plan import Retime, Timing

_BARE = metadata.Choice(metadata.EVERYTHING, gps=True, profiles="srgb", unread=True)
"""What goes: everything that doesn't change how the picture looks."""
_CONTAINERS: Mapping[str, tuple[str, Retime]] = {
    "gif": ("gif", gif.retimed),
    "webp": ("webp", webp.retimed),
    "apng": ("png", apng.retimed),
}


def retimed(
    path: Path, format: str, place: Path, delays: Sequence[int] | None, loop: int | None
) -> bool:
    """Write a film once more, at `place`; False, and no file, where its parts are not as expected.

    delays: milliseconds of each frame, loop: how often it plays; None for what stays.
    """
    name, retime = _CONTAINERS[format]
    container = metadata.CONTAINERS[name]
    try:
        with metadata.mapped(path) as data:
            bare = metadata.pieces(container, data, container.layout(data), _BARE)
            found = retime(data, bare, Timing(delays, loop))
        if found is None:
            return False
        metadata.write(path, found, place)
    except AshimError:  # its frames could be read, so it is the rest that is built otherwise
        return False
    return True
