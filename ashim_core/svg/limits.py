"""How much a drawing may hold."""

from ashim_core.errors import TooComplex

MAX_BYTES = 10_000_000
MAX_ELEMENTS = 100_000
MAX_DEPTH = 256
MAX_ATTRIBUTES = 1000
MAX_DECLARATIONS = 1_000_000
"""In all of its CSS. A drawing of very many elements may have ten for each."""


def too_complex(what: str, limit: int) -> TooComplex:
    """Say what there is too much of."""
    return TooComplex(f"The SVG has {what}: expected at most {limit}.")
