"""A small file of each kind that tools take."""

import io

from PIL import Image

from ashim_core.testing import sample
from ashim_core.testing.samples import scene
from tests.drawings import DRAWINGS


def file_of(kinds: str = "") -> bytes:
    """Give a file of the first of some media types, separated by commas; a picture without any."""
    match kinds.partition(",")[0].strip():
        case "image/svg+xml":
            return DRAWINGS["shapes"]
        case "application/pdf":
            return _pdf()
        case _:
            return sample("rgb")


def large_file_of(kinds: str = "") -> bytes:
    """Do the same with a picture of 400 x 300."""
    return file_of(kinds) if kinds else scene(400, 300).jpegsave_buffer()


def _pdf() -> bytes:
    buffer = io.BytesIO()
    pages = [Image.new("RGB", (120, 90), colour) for colour in ("teal", "orange")]
    pages[0].save(buffer, "pdf", save_all=True, append_images=pages[1:])
    return buffer.getvalue()
