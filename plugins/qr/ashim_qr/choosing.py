"""Which version a code has: one that holds the text, is found by scanners, and bears the logo."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ashim_core.plugin import ToolError
from ashim_qr.covering import bears
from ashim_qr.drawing.finders import ROUND, FrameStyle
from ashim_qr.drawing.logo import Logo
from ashim_qr.encoding import LEVELS, VERSIONS, Code, Level, encode, fitting, too_long
from ashim_qr.refusal import unreadable

_SHARES = (35, 30, 25, 20, 15, 10, 5)


@dataclass(frozen=True)
class Wish:
    """What a code shall be like.

    version: None for the smallest one that does.
    """

    text: str
    level: Level
    version: int | None = None
    frames: FrameStyle = "square"
    logo: Logo | None = None

    def code(self) -> Code:
        """Make the code. ToolError: DATA_TOO_LONG, or QR_UNREADABLE where a logo covers too much.

        A larger version bears a logo that a smaller one doesn't: other modules are in its middle,
        and more of them.
        """
        versions = self._versions()
        if fitting(self.text, self.level, versions) is None:
            raise too_long(self.text, self.level, versions)
        version = self._found()
        if version is None:
            raise self._covered()
        return encode(self.text, self.level, version)

    def _versions(self) -> Sequence[int]:
        if self.version:
            return (self.version,)
        return VERSIONS[1:] if self.frames in ROUND else VERSIONS

    def _found(self) -> int | None:
        """Give the first version that holds the text and bears the logo."""
        versions = self._versions()
        least = fitting(self.text, self.level, versions)
        larger = (version for version in versions if least and version >= least)
        return next((version for version in larger if self._bears(version)), None)

    def _bears(self, version: int) -> bool:
        return self.logo is None or bears(version, self.level, self.logo.covered(17 + 4 * version))

    def _covered(self) -> ToolError:
        """Say that the logo is too large, and which other settings would do."""
        share = f"{self.logo.share:g}" if self.logo else ""
        remedies = [*self._remedies()] or ["less text", "no logo"]
        return unreadable(
            f"The logo covers more than error correction of level {self.level} can make up for, or "
            f"patterns by which scanners find their way: {' or '.join(remedies)} would do.",
            "logoSize",
            f"less than {share}",
            share,
        )

    def _remedies(self) -> Iterator[str]:
        """Name settings, one of which would do."""
        higher = LEVELS[LEVELS.index(self.level) + 1 :]
        if level := next((name for name in higher if replace(self, level=name)._found()), None):
            yield f"errorCorrectionLevel={level}"
        smaller = (replace(self, logo=logo) for logo in self._smaller_logos())
        if wish := next((wish for wish in smaller if wish._found()), None):
            yield f"logoSize={wish.logo.share if wish.logo else 0}"
        if self.version and (version := replace(self, version=None)._found()):
            yield f"version={version}"

    def _smaller_logos(self) -> Iterator[Logo]:
        for share in _SHARES:
            if self.logo and share < self.logo.share:
                yield replace(self.logo, share=share)
