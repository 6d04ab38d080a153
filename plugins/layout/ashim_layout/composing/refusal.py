"""What can be wrong with many files together, besides what is wrong with one of them."""

from ashim_core.plugin import AshimError


class NotForTheseFiles(AshimError):
    """A setting doesn't go together with the number of files."""

    status, code = 400, "INVALID_SETTINGS"

    def __init__(self, message: str, field: str, expected: str, received: object) -> None:
        super().__init__(
            message, details=[{"field": field, "expected": expected, "received": str(received)}]
        )
