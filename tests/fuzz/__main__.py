"""The long form: so many requests for each operation, as three kinds of callers."""

import tempfile
import traceback
from pathlib import Path

import click
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.rounds import bounded, one_request
from tests.fuzz.target import Target, target
from tests.web.operations import Operation

_CALLERS: dict[str, tuple[bool, str | None]] = {
    "everybody": (False, None),
    "admin": (True, "admin"),
    "nobody": (True, None),
}


@click.command()
@click.option("--examples", default=100, help="Requests for each operation and caller.")
@click.option("--only", default="", help="Operations whose id has this in it.")
def main(examples: int, only: str) -> None:
    """Ask every operation; print what isn't right, and fail if anything isn't."""
    wrong = 0
    for caller, (signing_in, username) in _CALLERS.items():
        with (
            tempfile.TemporaryDirectory() as folder,
            target(Path(folder) / "ashim", signing_in=signing_in, username=username) as asked,
        ):
            for operation in asked.operations:
                if only in operation.spec["operationId"]:
                    wrong += not _sound(asked, operation, examples, caller)
            told = ", ".join(f"{count} x {key}" for key, count in sorted(asked.statuses.items()))
            click.echo(f"{caller}: {told}")
    raise SystemExit(bool(wrong))


def _sound(asked: Target, operation: Operation, examples: int, caller: str) -> bool:
    @bounded(examples, seed_changes=True)
    @given(st.data())
    def ask(data: st.DataObject) -> None:
        one_request(asked, operation, data)

    try:
        ask()
    except Exception:  # noqa: BLE001 - whatever it is, the others are asked, too
        click.echo(f"{caller}: {operation}\n{traceback.format_exc(limit=-3)}")
        return False
    return True


if __name__ == "__main__":
    main()
