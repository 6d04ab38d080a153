"""Reading and writing pictures from inside of a tool that takes several files, or makes several."""

from pathlib import Path

import pyvips

from ashim_core.errors import WouldLose
from ashim_core.imaging.cost import Allow, never_mind, of_step
from ashim_core.imaging.decode import decode, decode_page, settle
from ashim_core.imaging.decoded import Decoded
from ashim_core.imaging.encode import check_sides, encode, format_of, prepare, writing_seconds
from ashim_core.imaging.encoding import Encoding
from ashim_core.imaging.formats import Formats
from ashim_core.imaging.header import Header, check_pixels, read_header
from ashim_core.imaging.refusal import refused_pixels
from ashim_core.imaging.said import Said, said
from ashim_core.imaging.sniff import Kind, kind_named, kind_of
from ashim_core.imaging.target_size import encode_to_size
from ashim_core.imaging.tiff import check_pages
from ashim_core.limits import Limits


class Pictures:
    """The core's decoders and encoders, behind the same gate as for every other picture.

    losses: what of the pictures was not used so far, each said once.
    quality: that the latest picture with `max_bytes` has got, 1 to 100; None where it lost nothing.
    """

    def __init__(
        self,
        limits: Limits,
        formats: Formats,
        *,
        strict: bool = False,
        allow: Allow = never_mind,
    ) -> None:
        self.losses: list[str] = []
        self.quality: int | None = None
        self._allow = allow
        self._limits = limits
        self._formats = formats
        self._strict = strict
        # Most tools look at a header before they open a picture, and that reads it, too.
        self._headers: dict[tuple[Path, int, int, int], Header] = {}

    def header(self, path: Path) -> Header:
        """Read what a file says of itself. Raises what the gate raises: no picture, too large."""
        state = path.stat()
        key = (path, state.st_ino, state.st_size, state.st_mtime_ns)
        if key not in self._headers:
            self._headers[key] = read_header(path, self._limits, self._formats)
        return self._headers[key]

    def metadata(self, path: Path) -> Said:
        """Read what a picture says besides its pixels: `exif`, `gps`, `xmp`, `iptc` and `icc`,
        those that are there, each with its values by name. Raises what `header` raises.
        """
        return said(self.header(path))

    def pages(self, path: Path) -> list[tuple[int, int]]:
        """Give width and height of each page of a TIFF, upright; one for every other picture."""
        header = self.header(path)
        if header.tiff is None:
            return [header.upright]
        sizes = [page.upright for page in header.tiff.pages]
        for size in sizes:
            check_pixels(*size, 1, self._limits, "A page of the picture")
        return sizes

    def check_pages(self, path: Path) -> None:
        """Refuse a TIFF of more pages than a picture may have frames, by its directories alone."""
        if kind_of(path, self._formats) == "tiff":
            check_pages(path, self._limits.frames)

    def load_page(self, path: Path, index: int) -> pyvips.Image:
        """Give a page of a TIFF, counted from 0, decoded in memory; any other picture has one."""
        header = self.header(path)
        if header.tiff is None or len(header.tiff.pages) == 1:
            return self.load(path)
        self._allow_for(header)
        try:
            return decode_page(header, index).copy_memory()
        except pyvips.Error as error:
            raise refused_pixels(header.format.name, error) from error

    def open(self, path: Path, *, animated: bool = False, shrink: float = 1) -> Decoded:
        """Open a picture: frames in 8-bit sRGB or grey, upright, alpha last.

        animated: all frames, not only the first. shrink: it may come so many times smaller.
        """
        header = self.header(path)
        self._note(header, animated=animated)
        self._allow_for(header, animated=animated)
        return decode(header, shrink=shrink, animated=animated)

    def load(self, path: Path) -> pyvips.Image:
        """Give a picture, or the first frame of it, decoded: damage shows here.

        It is in memory, or in a temporary file if there are very many pixels.
        """
        header = self.header(path)
        self._note(header, animated=False)
        self._allow_for(header)
        try:
            return settle(decode(header, stream=True, animated=False).frames[0])
        except pyvips.Error as error:
            raise refused_pixels(header.format.name, error) from error

    def check(self, width: int, height: int, encoding: Encoding, frames: int = 1) -> None:
        """Refuse a result that is too large to be saved, before it is made."""
        check_pixels(width, height, frames, self._limits, "The result")
        check_sides(width, height, format_of(encoding, self._formats))

    def allow(self, seconds: float) -> None:
        """Have the task get time for work on pixels that is more than reading and saving them.

        seconds: of CPU, as in `Cost`. The limits bound what is given, whatever is asked for.
        """
        self._allow(seconds)

    def save(self, picture: Decoded | pyvips.Image, place: Path, encoding: Encoding) -> Path:
        """Write a picture; give the file, which is `place` with the extension of the format."""
        if isinstance(picture, pyvips.Image):
            picture = Decoded((picture,))
        if encoding.choose:
            encoding = encoding.choose(picture)
        format = format_of(encoding, self._formats)
        frame = picture.frames[0]
        check_pixels(frame.width, frame.height, len(picture.frames), self._limits, "The result")
        path = place.with_name(f"{place.name}.{format.extension}")
        writable = prepare(picture, encoding, format)
        for loss in writable.losses:
            self._lose(loss)
        self._allow(writing_seconds(writable, encoding, format))
        if encoding.max_bytes:
            rung = encode_to_size(writable, encoding, format, path)
            self.quality = int(str(rung["Q"])) if "Q" in rung else None
        else:
            encode(writable, encoding, format, path)
        return path

    def _allow_for(self, header: Header, *, animated: bool = False) -> None:
        """Have the task get the time to decode a picture, and to do something to it."""
        frames = header.frames if animated else 1
        self._allow(header.reading_seconds(animated=animated))
        self._allow(of_step(header.width * header.height * frames))

    def _note(self, header: Header, *, animated: bool) -> None:
        """Note what of a picture is left out; WouldLose where nothing may be lost."""
        if header.darkened:
            self._lose(header.darkened)
        count = max(1 if animated else header.frames, header.pages, header.sequence)
        if count > 1:
            self._lose(f"animation: only the first of {count} frames was used")

    def _lose(self, loss: str) -> None:
        if self._strict:
            raise WouldLose(f"The result would lose something: {loss}.")
        if loss not in self.losses:
            self.losses.append(loss)

    def kind(self, path: Path) -> str:
        """Name what a file is, whether it can be read here or not. EmptyFile, InvalidImage."""
        return kind_of(path, self._formats)

    def called(self, kind: str) -> Kind:
        """Say which media type and extension files of a kind have."""
        return kind_named(kind, self._formats)

    def writes(self, name: str) -> bool:
        """Say whether a format can be written here."""
        found = self._formats.get(name)
        return found is not None and found.encoder is not None
