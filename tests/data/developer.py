"""Tools that load a model, or say what they cost, for the tests of the core."""

import hashlib
import time
from collections.abc import Iterable
from typing import Literal

import pyvips
from pydantic import Field

from ashim_core.plugin import (
    Context,
    Demand,
    FileTool,
    ImageTool,
    ModelFile,
    ModelSpec,
    Outcome,
    Tool,
    ToolSettings,
    Work,
    hookimpl,
)

WEIGHTS, LABELS = b"40\n", b"warm\n"


def _file(name: str, content: bytes) -> ModelFile:
    digest = hashlib.sha256(content).hexdigest()
    return ModelFile(name, len(content), digest, f"https://example.org/{name}")


EMULSION = ModelSpec(
    "emulsion-1.0",
    [_file("emulsion.txt", WEIGHTS), _file("labels.txt", LABELS)],
    license="MIT",
)
FINE_GRAIN = ModelSpec(
    "fine-grain", [_file("grain.txt", WEIGHTS)], license="CC-BY-NC-4.0", commercial="no"
)


class TintSettings(ToolSettings):
    by: Literal["hand", "emulsion-1.0", "fine-grain"] = Field(
        default="emulsion-1.0", description="What it is tinted with."
    )


class Nothing(ToolSettings):
    pass


def tint(image: pyvips.Image, settings: Nothing, work: Work) -> pyvips.Image:
    """Brighten a picture by what a model says."""
    work.tell(label=work.models.path(EMULSION.name, "labels.txt").read_text().strip())
    return image + int(work.models.path(EMULSION.name).read_text())


def tint_by(image: pyvips.Image, settings: TintSettings, work: Work) -> pyvips.Image:
    """Brighten a picture by hand, or by what one of two models says."""
    if settings.by == "hand":
        return image + 10
    return image + int(work.models.path(settings.by).read_text())


def label(context: Context[Nothing]) -> Outcome:
    """Say what a model calls its tint."""
    return {"label": context.models.path(EMULSION.name, "labels.txt").read_text().strip()}


def slip(context: Context[Nothing]) -> Outcome:
    """Ask for a model that wasn't declared."""
    return {"path": str(context.models.path("fine-grain"))}


def dawdle(context: Context[Nothing]) -> Outcome:
    """Take as long as it may."""
    time.sleep(600)
    return {}


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield ImageTool(
        "tint",
        tint,
        Nothing,
        category="adjustments",
        lane="heavy",
        models=[EMULSION],
        actions=[FileTool("label", label, Nothing, category="utilities", gives="report")],
    )
    yield ImageTool(
        "tint-by",
        tint_by,
        TintSettings,
        category="adjustments",
        models=[EMULSION, FINE_GRAIN],
        models_for=lambda settings: [] if settings.by == "hand" else [settings.by],
    )
    yield FileTool("slip", slip, Nothing, category="utilities", models=[EMULSION])
    yield FileTool(
        "dawdle", dawdle, Nothing, category="utilities", lane="heavy", demand=Demand(seconds=1)
    )
    yield FileTool("slow", dawdle, Nothing, category="utilities", demand=Demand(seconds=100_000))
    yield FileTool("wide", dawdle, Nothing, category="utilities", demand=Demand(memory_mb=900_000))
