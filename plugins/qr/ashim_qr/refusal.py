"""What is said of a code that can't be read."""

from ashim_core.plugin import ToolError


def unreadable(message: str, field: str, expected: str, received: str) -> ToolError:
    """Refuse a code: a sentence with the reason and the remedy, and the setting that matters."""
    return ToolError(
        message,
        code="QR_UNREADABLE",
        details=[{"field": field, "expected": expected, "received": received}],
    )
