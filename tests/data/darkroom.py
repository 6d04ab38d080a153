"""A picture tool with all that `Work` offers, for the tests of the core."""

import os
import resource
import time
from collections.abc import Iterable
from typing import Literal, get_args

import pyvips
from pydantic import BaseModel, Field

from ashim_core.plugin import (
    Context,
    Extra,
    FileTool,
    ImageTool,
    Outcome,
    Tool,
    ToolError,
    ToolSettings,
    Work,
    hookimpl,
)

Lane = Literal["fast", "heavy"]


class DevelopSettings(ToolSettings):
    baths: int = Field(default=2, ge=1, le=1000, description="How many times it is brightened.")
    pause: float = Field(default=0, ge=0, le=600, description="Seconds that each bath takes.")


def develop(image: pyvips.Image, settings: DevelopSettings, work: Work) -> pyvips.Image:
    """Brighten a picture bath by bath, where a mask lets the light through."""
    mask = work.extra("mask")
    for bath in range(settings.baths):
        if work.cancelled():
            raise ToolError("The light went on.", code="SPOILT")
        work.progress(100 * bath / settings.baths, f"Bath {bath + 1} of {settings.baths}")
        time.sleep(settings.pause)
    work.tell(baths=settings.baths, masked=mask is not None)
    work.note("It smells of vinegar.")
    colours = image.bands - image.hasalpha()
    dark = image[:colours]
    light = dark + 10 * settings.baths
    if mask is not None:
        light = (mask.crop(0, 0, image.width, image.height)[0] > 127).ifthenelse(light, dark)
    bright = light.cast("uchar")
    return bright.bandjoin(image[colours]) if image.hasalpha() else bright


class Light(BaseModel):
    """What a meter shows."""

    mean: float = Field(ge=0, le=255, description="Of all samples.")


class MeterSettings(ToolSettings):
    scale: float = Field(default=1, gt=0, le=10, description="What the mean is multiplied by.")


def meter(context: Context[MeterSettings]) -> Outcome:
    """Measure how bright a picture is."""
    image = context.pictures.load(context.inputs[0].path)
    return Light(mean=image.avg() * context.settings.scale)


class Nothing(ToolSettings):
    pass


def negative(image: pyvips.Image, settings: Nothing) -> pyvips.Image:
    """Show the film itself."""
    colours = image.bands - image.hasalpha()
    film = image[:colours].invert()
    return film.bandjoin(image[colours]) if image.hasalpha() else film


class Granted(BaseModel):
    """What the process of a task may use."""

    pid: int
    memory: int
    processor_seconds: int


def granted(context: Context[Nothing]) -> Outcome:
    """Say what this process may use."""
    (memory, _), (seconds, _) = map(resource.getrlimit, (resource.RLIMIT_DATA, resource.RLIMIT_CPU))
    return Granted(pid=os.getpid(), memory=memory, processor_seconds=seconds)


def scribble(context: Context[DevelopSettings]) -> Outcome:
    """Write one small file after the other for the time of one bath, whoever waits."""
    end, number = time.monotonic() + context.settings.pause, 0
    while time.monotonic() < end:
        number += 1
        context.workdir.mkdir(parents=True, exist_ok=True)
        (context.workdir / f"{number}.txt").write_text("scribble")
        context.progress(1, "Scribbling")
        time.sleep(0.001)
    return {"files": number}


def deaf(context: Context[DevelopSettings]) -> Outcome:
    """Take the time of one bath, whoever waits."""
    time.sleep(context.settings.pause)
    return {"pid": os.getpid()}


@hookimpl
def ashim_tools() -> Iterable[Tool]:
    yield ImageTool(
        "develop",
        develop,
        DevelopSettings,
        category="adjustments",
        lane="heavy",
        extras=[Extra("mask", required=False, description="White where light falls.")],
        aliases=["expose"],
        actions=[
            FileTool(
                "meter", meter, MeterSettings, category="utilities", gives="report", report=Light
            ),
            ImageTool("negative", negative, Nothing, category="utilities"),
        ],
    )
    yield ImageTool("fixer", negative, Nothing, category="utilities", hidden=True)
    yield FileTool(
        "scribble",
        scribble,
        DevelopSettings,
        category="utilities",
        lane="heavy",
        extras=[Extra("mask", required=False)],
    )
    for lane in get_args(Lane):
        yield FileTool(
            f"granted-{lane}",
            granted,
            Nothing,
            category="utilities",
            lane=lane,
            files=(0, 1),
            gives="report",
            report=Granted,
        )
        yield FileTool(
            f"deaf-{lane}", deaf, DevelopSettings, category="utilities", lane=lane, files=(0, 1)
        )
