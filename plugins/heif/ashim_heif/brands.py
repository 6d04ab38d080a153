"""Telling HEIF from other ISO media files by the brands at their beginning.

Source: ISO/IEC 23008-12, section 10; ISO/IEC 14496-12, section 4.3 (the box `ftyp`).
"""

_HEIF = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"})
_AVIF = frozenset({b"avif", b"avis"})


def is_heif(head: bytes) -> bool:
    """Say whether a file begins as HEIF does; AVIF, which has the same container, is none."""
    if head[4:8] != b"ftyp":
        return False
    end = min(int.from_bytes(head[:4], "big"), len(head))
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, end, 4))}
    return bool(brands & _HEIF) and not brands & _AVIF
