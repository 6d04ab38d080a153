"""Download links that carry their own permission: signed, and valid as long as the result."""

from urllib.parse import quote

from flask import request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from ashim_core.jobs.record import JobRecord
from ashim_core.web.context import core


def download_url(record: JobRecord, name: str) -> str:
    """Make the link for one result; it stops working when the result expires."""
    signature = _serializer().dumps([record.id, name])
    prefix = core().config.root_path
    return f"{prefix}/api/v1/download/{record.id}/{quote(name)}?signature={signature}"


def signed(job_id: str, name: str) -> bool:
    """Say whether the request carries a signature for this very result."""
    try:
        expected: object = _serializer().loads(request.args.get("signature", ""))
    except BadSignature:
        return False
    return expected == [job_id, name]


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(core().secret, salt="download")
