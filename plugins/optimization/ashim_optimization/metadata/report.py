"""What a file says besides its picture, for people."""

from collections.abc import Mapping
from typing import Any

from ashim_core.plugin import metadata

GROUPS = ("exif", "gps", "icc", "xmp", "iptc", "comments", "other")
_MOST_BLOCKS = 100
_MOST_TEXT = 1000


def report(
    container: metadata.Container,
    data: metadata.Data,
    blocks: list[metadata.Block],
    choice: metadata.Choice,
) -> dict[str, Any]:
    """Describe each group of metadata, and say what would go and what would stay."""
    groups = {name: _group(name, container, data, blocks) for name in GROUPS}
    return {**groups, **_fates(container, data, blocks, choice, groups)}


def _group(
    name: str, container: metadata.Container, data: metadata.Data, blocks: list[metadata.Block]
) -> dict[str, Any] | None:
    if name == "gps":
        return _gps(container, data, blocks)
    own = [block for block in blocks if block.kind == name]
    if not own:
        return None
    return {
        "size": sum(block.size for block in own),
        "values": _values(name, container, data, own),
    }


def _gps(
    container: metadata.Container, data: metadata.Data, blocks: list[metadata.Block]
) -> dict[str, Any] | None:
    for block in blocks:
        if block.kind == "exif":
            found = metadata.Exif(container.content(data, block)).gps()
            if found is not None:
                return {"values": found}
    return None


def _values(
    name: str, container: metadata.Container, data: metadata.Data, blocks: list[metadata.Block]
) -> dict[str, Any]:
    """Read the blocks of one group; what can't be read has a size only."""
    if name == "icc":
        return metadata.icc_values(metadata.profile(container, data, blocks))
    found: dict[str, Any] = {}
    for block in blocks[:_MOST_BLOCKS]:
        if name == "other":
            found[block.name] = f"{block.size} bytes"
            continue
        content = container.content(data, block)
        if name == "exif":
            found.update(metadata.Exif(content).values())
        elif name == "xmp":
            found.update(metadata.xmp_values(content) or {})
        elif name == "iptc":
            found.update(metadata.iptc_values(content))
        else:
            found.setdefault(block.name, content.decode("utf-8", "replace")[:_MOST_TEXT])
    return found


def _fates(
    container: metadata.Container,
    data: metadata.Data,
    blocks: list[metadata.Block],
    choice: metadata.Choice,
    groups: Mapping[str, Any],
) -> dict[str, list[str]]:
    """Name the blocks that go and those that stay; GPS stands for itself in EXIF that stays."""
    kinds = metadata.gone(container, data, blocks, choice)
    out: list[str] = []
    stay: list[str] = []
    for block in blocks:
        if block.kind is not None:
            (out if metadata.goes(block, kinds, choice) else stay).append(block.name)
    if groups["gps"]:
        (out if choice.gps or "exif" in kinds else stay).append("GPS")
    return {"goes": _each(out), "stays": _each(stay)}


def _each(names: list[str]) -> list[str]:
    return list(dict.fromkeys(names))[:_MOST_BLOCKS]
