"""Films made, and results read, by Pillow: another pair of eyes than libvips."""

import io
import json
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import ashim_formats.apng
import ashim_gif.gif_tools
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageSequence

from ashim_core.testing import MakeClient, ToolClient

Frame = NDArray[np.uint8]
MakeFilm = Callable[..., bytes]
ReadFilm = Callable[[bytes], "Shown"]
Run = Callable[..., "Shown"]


class Shown:
    """A film as it is seen.  frames: RGBA, all 0 where nothing is seen.  delays: in ms."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        with Image.open(io.BytesIO(data)) as image:
            self.format = image.format
            # Pillow says how often a GIF is repeated, and of the others how often they play.
            repeats = image.info.get("loop")
            self.loop = _plays(repeats) if image.format == "GIF" else repeats
            shown = [frame.copy() for frame in ImageSequence.Iterator(image)]
        self.delays = [round(frame.info.get("duration", 0)) for frame in shown]
        self.frames = np.stack([seen(np.array(frame.convert("RGBA"))) for frame in shown])

    @property
    def size(self) -> tuple[int, int]:
        return self.frames.shape[2], self.frames.shape[1]


def _plays(repeats: int | None) -> int:
    return 1 if repeats is None else repeats + 1 if repeats else 0


def seen(frame: Frame) -> Frame:
    """Give a frame as RGBA, all 0 where it is transparent."""
    if frame.shape[2] == 3:
        frame = np.dstack([frame, np.full(frame.shape[:2], 255, np.uint8)])
    return np.where(frame[:, :, 3:] == 0, 0, frame).astype(np.uint8)


@pytest.fixture(scope="session")
def make_film() -> MakeFilm:
    """Write frames of few colours, RGB or RGBA, as a film."""

    def make(
        frames: Sequence[Frame],
        delays: Sequence[int] | None = None,
        loop: int | None = 0,
        format: str = "GIF",
        **options: Any,
    ) -> bytes:
        first, *rest = map(_picture if format == "GIF" else Image.fromarray, frames)
        given = {} if loop is None else {"loop": loop}
        buffer = io.BytesIO()
        first.save(
            buffer,
            format,
            save_all=True,
            append_images=rest,
            duration=list(delays or [100] * len(frames)),
            **given,
            **options,
        )
        return buffer.getvalue()

    return make


def _picture(frame: Frame) -> Image.Image:
    """Give a frame a palette of its own colours, without a search that might change them."""
    rgba = seen(frame)
    colours, numbers = np.unique(rgba.reshape(-1, 4), axis=0, return_inverse=True)
    picture = Image.fromarray(numbers.reshape(rgba.shape[:2]).astype(np.uint8))
    picture.putpalette(colours[:, :3].tobytes())
    if not colours[0, 3]:
        picture.info["transparency"] = 0
    return picture


@pytest.fixture(scope="session")
def shown() -> ReadFilm:
    """Read a film."""
    return Shown


@pytest.fixture(scope="session")
def as_seen() -> Callable[[Sequence[Frame]], Frame]:
    """Give frames as they are seen, for comparisons with those of a film."""
    return lambda frames: np.stack([seen(frame) for frame in frames])


@pytest.fixture
def client(ashim: MakeClient) -> ToolClient:
    return ashim(ashim_gif.gif_tools, ashim_formats.apng)


@pytest.fixture
def run(client: ToolClient) -> Run:
    """Run the tool on files; give the film that came out of it."""

    def run(*files: bytes, name: str = "film.gif", **settings: Any) -> Shown:
        answer = client.post("gif-tools", *files, name=name, **settings)
        assert answer.status_code == 200, answer.text
        return Shown(answer.data)

    return run


@pytest.fixture
def told(client: ToolClient) -> Callable[..., dict[str, Any]]:
    """Run the tool on files; give the JSON of its answer, with its status."""

    def told(*files: bytes, name: str = "film.gif", **settings: Any) -> dict[str, Any]:
        answer = client.post("gif-tools", *files, name=name, accept="application/json", **settings)
        said: dict[str, Any] = json.loads(answer.data)
        return {"status": answer.status_code, **said}

    return told


@pytest.fixture
def unpacked(client: ToolClient) -> Callable[..., dict[str, bytes]]:
    """Run the tool on a file; give the files of the ZIP that it answers."""

    def unpacked(file: bytes, name: str = "film.gif", **settings: Any) -> dict[str, bytes]:
        answer = client.post("gif-tools", file, name=name, **settings)
        assert answer.mimetype == "application/zip", answer.text
        with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
            return {entry: archive.read(entry) for entry in archive.namelist()}

    return unpacked


@pytest.fixture(scope="session")
def palette_film() -> list[Frame]:
    """Give four frames of noise, each in 250 colours of its own."""
    random = np.random.default_rng(7)
    palettes = random.integers(0, 256, (4, 250, 3)).astype(np.uint8)
    return [palette[random.integers(0, 250, (30, 40))] for palette in palettes]


@pytest.fixture(scope="session")
def sprites() -> list[Frame]:
    """Give five frames of a square that moves over nothing."""
    frames = np.zeros((5, 24, 40, 4), np.uint8)
    for number, frame in enumerate(frames):
        frame[8:16, 5 + 6 * number : 13 + 6 * number] = (255, 40 * number, 10, 255)
    return [*frames]


@pytest.fixture(scope="session")
def photos() -> list[Frame]:
    """Give six frames of a camera that moves over a photograph."""
    from skimage import data

    photo = data.coffee()[::2, ::2]  # type: ignore[no-untyped-call]
    return [np.ascontiguousarray(photo[20:120, 6 * n : 6 * n + 150]) for n in range(6)]
