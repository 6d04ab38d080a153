"""The end of a chunked body is found wherever it is cut."""

import pytest

from ashim_core.web.front.chunks import Chunks

WHOLE = [
    b"0\r\n\r\n",
    b"5\r\nhello\r\n0\r\n\r\n",
    b"5;a=b\r\nhello\r\nA \t;x\r\n0123456789\r\n000\r\nTrailer: a\r\nOther: b\r\n\r\n",
    b"4\r\n\r\n\r\n\r\n0\r\n\r\n",
]
DAMAGED = [
    b"zz\r\n",
    b"-5\r\nhello\r\n",
    b"+5\r\nhello\r\n",
    b"\r\n",
    b"0x5\r\nhello\r\n",
    b"5\r\nhelloo\r\n",
    b"1\r\na\r\n2\r\nbbb\r\n",
]


@pytest.mark.parametrize("data", WHOLE)
def test_the_end_is_seen_with_the_last_byte(data: bytes) -> None:
    chunks = Chunks()
    for at in range(len(data)):
        chunks.look(data[:at])
        assert (chunks.ended, chunks.damaged) == (False, False)
    chunks.look(data + b"GET / HTTP/1.1\r\n\r\n")
    assert (chunks.ended, chunks.damaged) == (True, False)


@pytest.mark.parametrize("data", DAMAGED)
def test_damage_is_seen(data: bytes) -> None:
    chunks = Chunks()
    chunks.look(data + b"0\r\n\r\n")
    assert (chunks.ended, chunks.damaged) == (False, True)
