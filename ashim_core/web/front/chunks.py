"""Finding the end of a chunked body (RFC 9112, section 7.1) without taking anything from it."""

_END = b"\r\n"
_HEX = frozenset(b"0123456789abcdefABCDEF")


class Chunks:
    """Looks at what has come of a chunked body; each look goes on where the last one ended.

    What it says decides who reads the body, never how it is read: gunicorn's reader does that.
    """

    def __init__(self) -> None:
        self.ended = False
        self.damaged = False
        self._at = 0

    def look(self, data: bytes) -> None:
        """Look at everything that has come so far, from the first chunk's size on."""
        while not (self.ended or self.damaged):
            line_end = data.find(_END, self._at)
            if line_end < 0:
                return
            digits = data[self._at : line_end].partition(b";")[0].rstrip(b" \t")
            if not digits or set(digits) - _HEX:
                self.damaged = True
                return
            size = int(digits, 16)
            if not size:
                # Behind the last chunk there may be headers, and then there is an empty line.
                self.ended = data.find(_END + _END, line_end) >= 0
                return
            behind = line_end + len(_END) + size
            if len(data) < behind + len(_END):
                return
            if data[behind : behind + len(_END)] != _END:
                self.damaged = True
                return
            self._at = behind + len(_END)
