"""For authors: run tools in the real core, without a server and without discovery."""

from ashim_core.testing.blobs import check_blobs
from ashim_core.testing.check import check_tool
from ashim_core.testing.client import MakeClient, ToolClient
from ashim_core.testing.compare import assert_image_close, distance
from ashim_core.testing.executor import check_executor
from ashim_core.testing.results import check_results
from ashim_core.testing.samples import Sample, plain, sample, samples

__all__ = [
    "MakeClient",
    "Sample",
    "ToolClient",
    "assert_image_close",
    "check_blobs",
    "check_executor",
    "check_results",
    "check_tool",
    "distance",
    "plain",
    "sample",
    "samples",
]
