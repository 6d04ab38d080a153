"""What the function of a picture tool takes, told by its annotations."""

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any, Literal, get_type_hints

from ashim_core.work import Work

PixelType = Literal["pyvips", "pillow", "numpy"]


@cache
def _annotations(run: Callable[..., Any]) -> dict[str, Any]:
    """Give the parameters of a function with their annotations, None where there are none."""
    hints = get_type_hints(run)
    return {name: hints.get(name) for name in inspect.signature(run).parameters}


def wants_work(run: Callable[..., Any]) -> bool:
    """Tell from the annotation of the last parameter whether a function takes the work."""
    return next(reversed(_annotations(run).values()), None) is Work


def check_parameters(run: Callable[..., Any], *, second: bool, work: bool) -> None:
    """Refuse a function that takes something else: TypeError."""
    wanted = ["picture", "settings", *(["second"] if second else []), *(["work"] if work else [])]
    parameters = list(_annotations(run))
    if len(parameters) != len(wanted):
        raise TypeError(
            f"expected {run.__name__}({', '.join(wanted)}), got ({', '.join(parameters)})"
        )


def pixel_type(run: Callable[..., Any]) -> PixelType:
    """Tell from the annotation of the first parameter which kind of picture a function takes."""
    annotation = next(iter(_annotations(run).values()), None)
    text = f"{getattr(annotation, '__module__', '')} {annotation!r}"
    if "pyvips" in text:
        return "pyvips"
    if "PIL" in text:
        return "pillow"
    if "numpy" in text:
        return "numpy"
    raise TypeError(
        f"expected {run.__name__}() to annotate its first parameter as pyvips.Image, "
        f"PIL.Image.Image or numpy.ndarray, got {annotation!r}"
    )
