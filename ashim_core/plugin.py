"""The author's API: all that a plugin needs, re-exported, and nothing else."""

from ashim_core.about import about
from ashim_core.colour import TRANSPARENT, WHITE, Colour
from ashim_core.errors import (
    AshimError,
    DecodeFailed,
    DependencyMissing,
    EmptyFile,
    FormatNotSupported,
    InvalidImage,
    ModelNotInstalled,
    TimedOut,
    TooComplex,
    ToolError,
    TooManyPixels,
)
from ashim_core.extra import Extra
from ashim_core.hookspecs import hookimpl
from ashim_core.host import Host
from ashim_core.imaging import canvas, metadata
from ashim_core.imaging.codec import Codec, Probe, Raster, Writing
from ashim_core.imaging.colour_numbers import Numbers, beyond_screens, profile_of
from ashim_core.imaging.cost import Cost
from ashim_core.imaging.decoded import Animation, Decoded
from ashim_core.imaging.encoding import Encoding
from ashim_core.imaging.formats import FORMAT_ALIASES, ChromaSubsampling, FormatName
from ashim_core.imaging.iso_media import read_iso_media
from ashim_core.imaging.pictures import Pictures
from ashim_core.imaging.pixels import from_numpy, from_pillow, to_numpy, to_pillow
from ashim_core.imaging.png import colours_in
from ashim_core.imaging.profile import is_srgb
from ashim_core.limits import Demand
from ashim_core.model import ModelFile, Models, ModelSpec
from ashim_core.names import result_name, safe_name
from ashim_core.programs import run_program
from ashim_core.report import Report
from ashim_core.requirement import Program, Requirement
from ashim_core.svg import CleanSvg
from ashim_core.svg import clean as clean_svg
from ashim_core.svg import draw as draw_svg
from ashim_core.tool import (
    Context,
    FileTool,
    ImageTool,
    InputFile,
    Outcome,
    Shrink,
    Size,
    Tool,
    ToolSettings,
)
from ashim_core.work import Work

__all__ = [
    "FORMAT_ALIASES",
    "TRANSPARENT",
    "WHITE",
    "Animation",
    "AshimError",
    "ChromaSubsampling",
    "CleanSvg",
    "Codec",
    "Colour",
    "Context",
    "Cost",
    "DecodeFailed",
    "Decoded",
    "Demand",
    "DependencyMissing",
    "EmptyFile",
    "Encoding",
    "Extra",
    "FileTool",
    "FormatName",
    "FormatNotSupported",
    "Host",
    "ImageTool",
    "InputFile",
    "InvalidImage",
    "ModelFile",
    "ModelNotInstalled",
    "ModelSpec",
    "Models",
    "Numbers",
    "Outcome",
    "Pictures",
    "Probe",
    "Program",
    "Raster",
    "Report",
    "Requirement",
    "Shrink",
    "Size",
    "TimedOut",
    "TooComplex",
    "TooManyPixels",
    "Tool",
    "ToolError",
    "ToolSettings",
    "Work",
    "Writing",
    "about",
    "beyond_screens",
    "canvas",
    "clean_svg",
    "colours_in",
    "draw_svg",
    "from_numpy",
    "from_pillow",
    "hookimpl",
    "is_srgb",
    "metadata",
    "profile_of",
    "read_iso_media",
    "result_name",
    "run_program",
    "safe_name",
    "to_numpy",
    "to_pillow",
]
