"""Which elements, attributes and properties are known to draw and to do nothing else."""

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


TEXTS = frozenset({"text", "tspan", "textPath"})
LEAVES = frozenset({"title", "desc", "style"})
"""Elements that hold text alone. In HTML, elements inside of some of them would be HTML."""

UNWRAPPED = frozenset({"a", "switch"})
ELEMENTS = (
    TEXTS
    | LEAVES
    | UNWRAPPED
    | _names(
        """
        svg g defs symbol use view path rect circle ellipse line polyline polygon image
        linearGradient radialGradient stop pattern clipPath mask marker filter
        feBlend feColorMatrix feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting
        feDisplacementMap feDistantLight feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR
        feGaussianBlur feImage feMerge feMergeNode feMorphology feOffset fePointLight
        feSpecularLighting feSpotLight feTile feTurbulence
        """
    )
)
PICTURES = frozenset({"image", "feImage"})
POINTING = PICTURES | _names("use textPath linearGradient radialGradient pattern filter")
NO_ALTERNATIVES = frozenset({"title", "desc", "style", "defs"})
"""What a `switch` doesn't choose from: it is never drawn by itself."""

PROPERTIES = _names(
    """
    alignment-baseline baseline-shift clip clip-path clip-rule color color-interpolation
    color-interpolation-filters color-rendering cursor direction display dominant-baseline fill
    fill-opacity fill-rule filter flood-color flood-opacity font-family font-size font-size-adjust
    font-stretch font-style font-variant font-weight glyph-orientation-horizontal
    glyph-orientation-vertical image-rendering kerning letter-spacing lighting-color marker-end
    marker-mid marker-start mask mask-type opacity overflow paint-order pointer-events
    shape-rendering stop-color stop-opacity stroke stroke-dasharray stroke-dashoffset
    stroke-linecap stroke-linejoin stroke-miterlimit stroke-opacity stroke-width text-anchor
    text-decoration text-overflow text-rendering transform-origin unicode-bidi vector-effect
    visibility white-space word-spacing writing-mode
    """
)
"""What is an attribute and a CSS property alike. As an attribute, too, its value is CSS."""

CSS_PROPERTIES = PROPERTIES | _names(
    """
    background background-color color-scheme cx cy d font font-feature-settings font-kerning
    font-variant-caps font-variant-east-asian font-variant-ligatures font-variant-numeric
    font-variant-position font-variation-settings height inline-size isolation line-height marker
    mix-blend-mode r rx ry shape-inside shape-padding shape-subtract text-align text-align-last
    text-decoration-color text-decoration-line text-decoration-style text-decoration-thickness
    text-indent text-orientation text-transform transform transform-box width x y
    """
)
ATTRIBUTES = _names(
    """
    id class lang xml:lang xml:space role aria-describedby aria-hidden aria-label aria-labelledby
    version viewBox preserveAspectRatio requiredExtensions requiredFeatures systemLanguage
    x y z width height x1 y1 x2 y2 cx cy r rx ry fx fy fr d points pathLength transform offset
    dx dy rotate textLength lengthAdjust startOffset method spacing side path
    gradientUnits gradientTransform spreadMethod patternUnits patternContentUnits patternTransform
    clipPathUnits maskUnits maskContentUnits markerUnits markerWidth markerHeight orient refX refY
    filterUnits filterRes primitiveUnits in in2 result mode type values tableValues slope intercept
    amplitude exponent operator k1 k2 k3 k4 order kernelMatrix kernelUnitLength divisor bias
    targetX targetY edgeMode preserveAlpha surfaceScale diffuseConstant specularConstant
    specularExponent azimuth elevation pointsAtX pointsAtY pointsAtZ limitingConeAngle scale
    xChannelSelector yChannelSelector stdDeviation radius baseFrequency numOctaves seed stitchTiles
    media
    """
)
"""Plain data, which no renderer takes for an address or for code."""

FUNCTIONS = _names(
    """
    rgba? hsla? hwb lab lch oklab oklch color color-mix calc min max clamp var matrix translate
    translatex translatey scale scalex scaley rotate skewx skewy blur brightness contrast
    drop-shadow grayscale hue-rotate invert opacity saturate sepia inset circle ellipse polygon
    path rect
    """
)
"""Of CSS."""
