"""What the figures were taken on, in words that name no one's machine."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pyvips

from tests.benchmarks.flavours import flavour

_VECTORS = ("avx512f", "avx2", "sse4_2", "asimd")
_PACKAGES = ("pyvips", "flask", "gunicorn", "pydantic")


def describe() -> dict[str, str]:
    """Describe the machine and the versions that matter."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "processor": f"{os.cpu_count()} x {_processor()}",
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "system": platform.freedesktop_os_release()["PRETTY_NAME"],
        "python": platform.python_version(),
        "libvips": ".".join(str(pyvips.version(part)) for part in range(3)),
        "pillow": flavour(),
        **{name: version(name) for name in _PACKAGES},
    }


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    fields = {
        key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)
    }
    flags = fields.get("flags", fields.get("Features", "")).split()
    vectors = next((name for name in _VECTORS if name in flags), "no vector unit known")
    return f"{fields.get('model name', platform.machine())} ({vectors})"
