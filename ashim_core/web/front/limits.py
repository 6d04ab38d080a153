"""How long the server waits for its clients, and how much of a request it collects."""

HEAD_BYTES = 64 * 1024
"""The request line and all headers together."""
HEAD_S = 10.0
"""From the first moment of a connection, or the first byte of a later request, to a whole head."""
SMALL_BODY = 64 * 1024
"""Bodies up to this size are collected before their request gets a thread. What anybody may send
without having signed in is never larger, so that nobody unknown holds a thread by being slow."""
SMALL_BODY_S = 30.0
"""How long such a body may take."""
PIECE = 64 * 1024
"""What is read at once. Larger pieces, of which a part is left over each time, were measured at
three times the CPU for an upload of 50 MB."""
GRACE_S = 20.0
LEAST_RATE = 1024
"""A client is waited for 20 seconds. Each KiB that it sends or takes gives one of them back."""
HONEST_RATE = 16 * 1024
NOTICE_S = 2.0
STALL_S = 4.0
"""Only where requests wait for a thread, those are ended who hold one and were slower than that
for two seconds, or have stalled for four. The rate is in bytes a second."""
LINGER_S = 2.0
LINGER_LONGEST_S = 30.0
LINGER_BYTES = 256 * 1024 * 1024
"""After its last answer a connection waits so long for the other side to close, for as long as
that still sends. Closed with something unread, it would be reset, and the answer lost."""
STOP_S = 0.5
"""What a request that has begun to arrive gets when the server stops."""
RESERVED_THREADS = 4
"""Threads beside all others, for those who ask how the server is."""
QUEUED = 2000
"""Uploads that may wait for a thread."""
CONNECTIONS = 3000
"""Connections at a time. One more takes the place of the one that has waited longest."""
OPEN_FILES = 16_384
"""What the process asks the system for: each connection is an open file."""
