"""How Pillow, or else ImageMagick, shows a picture: upright, in sRGB, with alpha."""

import io
import shutil
import subprocess
import warnings
from pathlib import Path
from typing import Any

import numpy
import pillow_heif
from PIL import Image, ImageCms, ImageOps

Pixels = numpy.typing.NDArray[Any]
_SECONDS = 20


def shown(path: Path) -> tuple[str, Pixels | None]:
    """Give who could read it, and its pixels as RGBA, or nobody and nothing."""
    pillow_heif.register_heif_opener()
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(path) as image:
            return "Pillow", standard(image)
    # Whatever a decoder raises, the next one is asked.
    except Exception:  # noqa: BLE001
        return _by_imagemagick(path)


def standard(image: Image.Image) -> Pixels:
    """Give the pixels of an opened picture as RGBA of sRGB, upright."""
    image.load()
    profile = image.info.get("icc_profile")
    upright = ImageOps.exif_transpose(image)
    if upright.mode in ("I;16", "I;16B", "I;16L", "I"):
        return _from_deep(numpy.asarray(upright).astype(float))
    if upright.mode == "F":
        return _from_light(numpy.asarray(upright))
    if profile and upright.mode in ("RGB", "L", "CMYK", "RGBA"):
        upright = _converted(upright, profile)
    return numpy.asarray(upright.convert("RGBA"))


def _converted(image: Image.Image, profile: bytes) -> Image.Image:
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    plain = image.convert("RGB") if alpha else image
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    target = ImageCms.createProfile("sRGB")
    try:
        made = ImageCms.profileToProfile(plain, source, target, outputMode="RGB")
    except ImageCms.PyCMSError:
        return image
    if made is None:
        return image
    if alpha:
        made.putalpha(alpha)
    return made


def _from_deep(levels: Pixels) -> Pixels:
    return _grey(levels / (257 if levels.max() <= 65_535 else 2**24))


def _from_light(light: Pixels) -> Pixels:
    level = numpy.clip(light, 0, 1)
    curved = numpy.where(level <= 0.0031308, level * 12.92, 1.055 * level ** (1 / 2.4) - 0.055)
    return _grey(255 * curved)


def _grey(levels: Pixels) -> Pixels:
    whole = numpy.clip(levels, 0, 255).astype(numpy.uint8)
    return numpy.stack([whole, whole, whole, numpy.full_like(whole, 255)], axis=2)


def _by_imagemagick(path: Path) -> tuple[str, Pixels | None]:
    program = shutil.which("convert")
    if program is None:
        return "", None
    arguments = [program, f"{path}[0]", "-auto-orient", "-depth", "8", "PNG32:-"]
    try:
        done = subprocess.run(arguments, capture_output=True, timeout=_SECONDS, check=True)
        with Image.open(io.BytesIO(done.stdout)) as image:
            return "ImageMagick", numpy.asarray(image.convert("RGBA"))
    except (subprocess.SubprocessError, OSError):
        return "", None
