"""What can be wrong with many files together, besides what is wrong with one of them."""

from ashim_core.plugin import AshimError, ToolError


class NotForTheseFiles(AshimError):
    """A setting doesn't go together with the number of files."""

    status, code = 400, "INVALID_SETTINGS"

    def __init__(self, message: str, field: str, expected: str, received: object) -> None:
        super().__init__(
            message, details=[{"field": field, "expected": expected, "received": str(received)}]
        )


def out_of_memory() -> ToolError:
    """Say that the result is within the budgets, but what it takes to make it is not."""
    return ToolError(
        "The result needs more memory than a task may use: expected fewer or smaller pictures, or "
        "a smaller result.",
        code="OUT_OF_MEMORY",
    )
