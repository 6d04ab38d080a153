"""Text on pictures in bare libvips: drawn once, turned, repeated, laid over the picture."""

from typing import Any

import pyvips

from tests.benchmarks.bare import Case, on_picture


def _written(text: str, size: float, opacity: float) -> pyvips.Image:
    """Draw a white text. opacity: from 0 to 1."""
    markup = f'<span foreground="#ffffff">{text}</span>'
    layer = pyvips.Image.text(markup, font=f"FiraGO {size}", dpi=72, rgba=True)
    return layer.linear([1, 1, 1, opacity], [0] * 4, uchar=True).copy(interpretation="srgb")


def _laid(image: pyvips.Image, layer: pyvips.Image, left: int, top: int) -> pyvips.Image:
    return image.composite2(layer, "over", x=left, y=top).extract_band(0, n=3)


def _in_a_corner(image: pyvips.Image) -> pyvips.Image:
    layer = _written("© 2025", 90, 0.5)
    return _laid(image, layer, image.width - layer.width - 45, image.height - layer.height - 45)


def _tiled(image: pyvips.Image) -> pyvips.Image:
    layer = _written("Confidential", 90, 0.3).rotate(30)
    cell = layer.gravity("centre", layer.width + 100, layer.height + 100).copy_memory()
    pair = cell.join(cell.wrap(x=cell.width // 2, y=0), "vertical")
    field = pair.replicate(image.width // pair.width + 1, image.height // pair.height + 1)
    return _laid(image, field.crop(0, 0, image.width, image.height), 0, 0)


def _captioned(image: pyvips.Image) -> pyvips.Image:
    text = _written("A day by the sea", 120, 1)
    width, height = text.width + 60, text.height + 60
    box = pyvips.Image.black(width, height, bands=3).copy(interpretation="srgb").bandjoin(179)
    box = box.composite2(text, "over", x=30, y=30)
    alpha = box[3].embed(20, 20, width + 40, height + 40).gaussblur(5)
    alpha = alpha.linear([0.7], [0], uchar=True)
    shadow = alpha.new_from_image([0, 0, 0]).bandjoin(alpha).copy(interpretation="srgb")
    layer = shadow.composite2(box, "over", x=16, y=16).copy_memory()
    return _laid(image, layer, (image.width - layer.width) // 2, image.height - layer.height - 60)


_TILED: dict[str, Any] = {
    "text": "Confidential",
    "fontSize": 90,
    "color": "#ffffff",
    "opacity": 30,
    "tile": True,
    "tileSpacing": 100,
    "rotation": 30,
}

CASES: tuple[Case, ...] = (
    Case(
        "watermark-text",
        {"text": "© 2025", "fontSize": 90, "color": "#ffffff", "position": "bottom-right"},
        on_picture(_in_a_corner),
    ),
    Case("watermark-text", _TILED, on_picture(_tiled)),
    Case(
        "text-overlay",
        {
            "text": "A day by the sea",
            "fontSize": 120,
            "background": "#000000b3",
            "padding": 30,
            "shadowBlur": 10,
            "shadowOffsetX": 4,
            "shadowOffsetY": 4,
        },
        on_picture(_captioned),
    ),
)
