"""From samples as a TIFF may store them to pixels that the rest of the core knows."""

import pyvips

from ashim_core.errors import FormatNotSupported
from ashim_core.imaging.tiff import FLOAT, LAB, YCBCR, Samples

_MOST = 65_535


def standard(image: pyvips.Image, samples: Samples) -> pyvips.Image:
    """Give 8 or 16 bits of grey, RGB or inks, or Lab; with alpha as the last band if there is any.

    Numbers of floating point are taken for light, or for what their profile says: see
    `check_light`.
    """
    image = _without_extra(image, samples)
    if samples.photometric == YCBCR and not samples.coded_by_jpeg:
        return _from_ycbcr(image, samples)
    if image.format == "uint":
        return _deep((image >> 16).cast("ushort"))
    if is_light(samples):
        if image.get_typeof("icc-profile-data"):
            # The profile says what the numbers mean, and knows nothing of light.
            return _deep((image * _MOST).rint().cast("ushort"))
        return _from_light(image, samples)
    return image


def is_light(samples: Samples) -> bool:
    """Say whether samples are numbers of floating point from 0, black, to 1, white."""
    return samples.kind == FLOAT and samples.photometric != LAB


def _deep(image: pyvips.Image) -> pyvips.Image:
    if image.interpretation == "cmyk":
        return image
    return image.copy(interpretation="grey16" if image.bands < 3 else "rgb16")


def _without_extra(image: pyvips.Image, samples: Samples) -> pyvips.Image:
    """Leave out channels that are neither colour nor alpha."""
    if not samples.left_out:
        return image
    colours = image.extract_band(0, n=samples.colours)
    return colours.bandjoin(image[samples.alphas[0]]) if samples.alphas else colours


def _from_ycbcr(image: pyvips.Image, samples: Samples) -> pyvips.Image:
    """Turn luma and chroma into RGB. Source: TIFF Revision 6.0, section 21."""
    if samples.subsampling != (1, 1):
        # libtiff has done it, and has added an opaque alpha.
        return image.extract_band(0, n=3)
    black, white = samples.range[::2], samples.range[1::2]
    spans = [max(high - low, 1) for low, high in zip(black, white, strict=True)]
    scales = [whole / span for whole, span in zip((255, 127, 127), spans, strict=True)]
    shifts = [-low * scale for low, scale in zip(black, scales, strict=True)]
    red, green, blue = samples.weights
    from_cr, from_cb = 2 - 2 * red, 2 - 2 * blue
    green = green or 1
    matrix = pyvips.Image.new_from_array(
        [
            [1, 0, from_cr],
            [1, -from_cb * blue / green, -from_cr * red / green],
            [1, from_cb, 0],
        ]
    )
    colours = image.linear(scales, shifts).recomb(matrix).rint().cast("uchar")
    return colours.copy(interpretation="srgb")


def check_light(image: pyvips.Image) -> None:
    """Refuse numbers of which most are below black or above white: heights, counts, degrees.

    Reads all pixels. Raises FormatNotSupported.
    """
    if ((image < 0) | (image > 1)).avg() > 127.5:
        raise FormatNotSupported(
            "This kind of TIFF can't be read here: its floating-point numbers are no light.",
            details=[
                {
                    "field": "file",
                    "expected": "numbers from 0 (black) to 1 (white)",
                    "received": "mostly others",
                }
            ],
        )


def _from_light(image: pyvips.Image, samples: Samples) -> pyvips.Image:
    """Apply the curve of sRGB; light brighter than white is cut off."""
    colours = image.extract_band(0, n=samples.colours)
    grey = samples.colours == 1
    if grey:
        colours = colours.bandjoin(colours).bandjoin(colours)
    shown = colours.copy(interpretation="scrgb").colourspace("srgb")
    if grey:
        shown = shown[0].copy(interpretation="b-w")
    if image.bands == samples.colours:
        return shown
    return shown.bandjoin((image[samples.colours] * 255).rint().cast("uchar"))
