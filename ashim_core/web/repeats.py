"""Requests that are sent twice: with the same `Idempotency-Key` they get the same job."""

import hashlib
import json
import re
from collections.abc import Sequence

from flask import request

from ashim_core.errors import ValidationFailed
from ashim_core.ids import REQUEST_KEY_PATTERN
from ashim_core.jobs.job import Plan
from ashim_core.jobs.table import Claim
from ashim_core.web.context import actor

HEADER = "Idempotency-Key"
_KEY = re.compile(REQUEST_KEY_PATTERN)


def received_claim(plan: Plan, targets: Sequence[str]) -> Claim | None:
    """Read by what this request is found again; None when it has no key.

    targets: the files of the library that its results are kept as versions of.

    A key belongs to its caller: the same one of somebody else is another. The bytes of the body
    may differ, as each try has a boundary of its own between the parts; what is in it may not.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        expected = "1 to 255 visible ASCII characters"
        raise ValidationFailed(
            f"Expected {expected} for '{HEADER}' but received {len(key)} characters.",
            details=[{"field": HEADER, "expected": expected, "received": f"{len(key)} characters"}],
        )
    return Claim(_hash([actor().id, key]), _hash([*_content(plan), *targets]))


def _content(plan: Plan) -> list[object]:
    """Give what makes two requests the same: address, fields, and files with their names."""
    files = [
        [item.field, item.name, _hash_of_file(item.path)]
        for group in (*plan.groups, plan.extras)
        for item in group
    ]
    settings = [[step.tool_id, dict(step.settings)] for step in plan.steps]
    return [request.path, settings, sorted(request.form.items(multi=True)), files]


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _hash_of_file(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
