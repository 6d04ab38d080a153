"""The conformance check: what every tool must get right, whoever wrote it."""

import tempfile
from pathlib import Path
from typing import Any

import pyvips

from ashim_core.describe import settings_schema
from ashim_core.engine.above import NOBODY
from ashim_core.engine.fused import FROM_CORE, TO_CORE, Surroundings, run_pictures
from ashim_core.engine.said import Said
from ashim_core.engine.validate import validate_settings
from ashim_core.errors import InvalidSettings, ToolError
from ashim_core.host import NOWHERE, Host
from ashim_core.imaging.decode import decode
from ashim_core.imaging.formats import CORE_FORMATS
from ashim_core.imaging.header import read_header
from ashim_core.limits import Limits
from ashim_core.testing.samples import Sample, samples, scene
from ashim_core.tool import ImageTool, InputFile, Tool, ToolSettings

_NARROW, _TALL = 256, 2500
"""Pixels of a picture that shows whether rows are read in order."""


def check_tool(tool: Tool, host: Host = NOWHERE) -> None:
    """Assert that a tool keeps the rules; the message says which one it breaks and how.

    A picture tool runs on every sample picture with the example of its settings. It may refuse one
    with a ToolError, but it may not fail, change its input, or give two answers to one question.

    host: where the models lie that it loads; ModelNotInstalled when it needs one that isn't there.
    """
    for action in tool.actions:
        check_tool(action, host)
    assert tool.summary, f"{tool.id}: expected a docstring on {tool.run.__name__}()"
    _check_schema(tool)
    settings = _example(tool)
    _check_unknown_refused(tool)
    if isinstance(tool, ImageTool):
        for sample in samples():
            _check_picture(tool, settings, sample, host)
        if tool.pixels == "pyvips" and tool.streams(settings):
            _check_streams(tool, settings, host)


def _check_schema(tool: Tool) -> None:
    for name, field in settings_schema(tool, CORE_FORMATS).get("properties", {}).items():
        where = f"{tool.id}: setting '{name}'"
        assert field.get("description"), f"{where}: expected a description"
        for option in field.get("anyOf", [field]):
            if option.get("type") in ("integer", "number"):
                keys = option.keys()
                assert keys & {"minimum", "exclusiveMinimum"}, f"{where}: expected a least value"
                assert keys & {"maximum", "exclusiveMaximum"}, f"{where}: expected a largest value"
            if option.get("type") == "string":
                bounded = option.keys() & {"enum", "maxLength", "const"}
                assert bounded, f"{where}: expected max_length or a Literal"


def _example(tool: Tool) -> ToolSettings:
    try:
        return validate_settings(tool, tool.settings.example)
    except InvalidSettings as error:
        raise AssertionError(
            f"{tool.id}: expected valid settings in {tool.settings.__name__}.example; "
            f"{error.message}"
        ) from error


def _check_unknown_refused(tool: Tool) -> None:
    try:
        validate_settings(tool, {**tool.settings.example, "noSuchSetting": 1})
    except InvalidSettings:
        return
    raise AssertionError(f"{tool.id}: expected unknown settings to be refused")


def _check_picture(tool: ImageTool, settings: ToolSettings, sample: Sample, host: Host) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "input")
        path.write_bytes(sample.data)
        folders = [Path(folder, str(turn)) for turn in range(2)]
        results = [_result(tool, settings, path, place, host) for place in folders]
        assert results[0] == results[1], f"{tool.id}: expected one answer for {sample.name}"
        _check_input_kept(tool, settings, path, sample.name, host)


def _result(tool: ImageTool, settings: ToolSettings, path: Path, folder: Path, host: Host) -> bytes:
    folder.mkdir()
    file = InputFile(path, "sample")
    try:
        extras = _extras(tool, path)
        around = Surroundings(folder, Limits(), CORE_FORMATS, NOBODY, host=host, extras=extras)
        result = run_pictures([(tool, settings)], file, around)
    except ToolError as refusal:
        return refusal.message.encode()
    output = result.outputs[0]
    written = read_header(Path(output.path), Limits())
    assert (written.width, written.height) == (output.width, output.height)
    if written.frames < read_header(path, Limits()).frames:
        told = any(loss.startswith("animation: ") for loss in result.losses)
        assert told, f"{tool.id}: expected the loss of frames to be told"
    return Path(output.path).read_bytes()


def _check_streams(tool: ImageTool, settings: ToolSettings, host: Host) -> None:
    """Run a tool on more rows than libvips keeps, with these given once, from top to bottom."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "tall.jpg"))
        noise = pyvips.Image.gaussnoise(_NARROW, _TALL, mean=128, sigma=40, seed=1)
        noise.cast("uchar").copy(interpretation="b-w").jpegsave(path)
        results = []
        for access in ("random", "sequential"):
            image = pyvips.Image.jpegload(path, access=access).colourspace("srgb")
            besides = _besides(tool, scene(), host)
            try:
                results.append(tool.run(image, settings, *besides).write_to_memory())
            except ToolError as refusal:
                results.append(refusal.message.encode())
            except pyvips.Error as error:
                raise AssertionError(
                    f"{tool.id}: expected streams=True to mean that rows are read once, from top "
                    f"to bottom; {error}"
                ) from error
    assert results[0] == results[1], f"{tool.id}: expected one answer however rows are read"


def _extras(tool: ImageTool, path: Path) -> dict[str, InputFile]:
    """Give the sample once more to a tool that takes extra pictures."""
    return {extra.name: InputFile(path, "extra", extra.name) for extra in tool.extras}


def _besides(tool: ImageTool, picture: Any, host: Host) -> list[Any]:
    """Give what a function gets besides picture and settings; every extra picture is this one."""
    work = Said().work(tool, NOBODY, lambda name: picture, host)
    return [*([picture] if tool.second else []), *([work] if tool.wants_work else [])]


def _check_input_kept(
    tool: ImageTool, settings: ToolSettings, path: Path, name: str, host: Host
) -> None:
    frame = decode(read_header(path, Limits())).frames[0].copy_memory()
    picture = FROM_CORE[tool.pixels](frame)
    before = TO_CORE[tool.pixels](picture).write_to_memory()
    try:
        tool.run(picture, settings, *_besides(tool, picture, host))
    except (ToolError, pyvips.Error):
        return
    after = TO_CORE[tool.pixels](picture).write_to_memory()
    assert before == after, f"{tool.id}: expected the input picture '{name}' to stay as it was"
