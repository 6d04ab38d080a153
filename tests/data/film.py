"""Gives pictures the colours of a film: a small tool with a model."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ashim_core.plugin import (
    Demand,
    ImageTool,
    ModelFile,
    ModelSpec,
    Tool,
    ToolError,
    ToolSettings,
    Work,
    hookimpl,
)

PRINT_FILM = ModelSpec(
    "print-film",
    [
        ModelFile(
            "print-film.npy",
            size=200,
            sha256="3adbb4884beddedf5f06330923e1a0ac3032f32c81d99a8b8e3e91b2e1f5f661",
            url="https://example.org/releases/1.0/print-film.npy",
        )
    ],
    license="CC0-1.0",
)
ROWS = 256


class FilmSettings(ToolSettings):
    strength: float = Field(default=1, ge=0, le=1, description="How much of the film is seen.")


@cache
def colours(path: Path) -> NDArray[np.float64]:
    """Read the model, once in the life of a worker."""
    return np.asarray(np.load(path, allow_pickle=False), dtype=np.float64)


def film(image: NDArray[np.uint8], settings: FilmSettings, work: Work) -> NDArray[np.uint8]:
    """Give a picture the colours of a film."""
    if image.shape[2] < 3:
        raise ToolError("A grey picture has no colours to change.", code="NO_COLOUR")
    matrix = colours(work.models.path("print-film"))
    result = image.copy()
    for top in range(0, len(image), ROWS):
        if work.cancelled():
            raise ToolError("Nobody waits for it any more.")
        work.progress(100 * top / len(image), "Colouring")
        rows = image[top : top + ROWS, :, :3]
        mixed = rows + settings.strength * (rows @ matrix.T - rows)
        result[top : top + ROWS, :, :3] = np.clip(np.rint(mixed), 0, 255)
    work.tell(film="print-film")
    return result


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield ImageTool(
        "film-look",
        film,
        FilmSettings,
        category="ai",
        lane="heavy",
        animation="first",
        models=[PRINT_FILM],
        demand=Demand(seconds=60, memory_mb=1000),
    )
