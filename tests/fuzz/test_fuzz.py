"""A few hundred absurd requests, always the same ones. `python -m tests.fuzz` sends any number."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.rounds import bounded, one_request
from tests.fuzz.target import target

EXAMPLES = 150


@pytest.mark.parametrize(
    ("signing_in", "username"),
    [(False, None), (True, "admin"), (True, None)],
    ids=["everybody", "admin", "nobody"],
)
def test_every_request_gets_an_answer(
    tmp_path: Path, signing_in: bool, username: str | None
) -> None:
    with target(tmp_path / "ashim", signing_in=signing_in, username=username) as asked:

        @bounded(EXAMPLES)
        @given(st.data())
        def ask(data: st.DataObject) -> None:
            operation = data.draw(st.sampled_from(asked.operations))
            one_request(asked, operation, data)

        ask()
