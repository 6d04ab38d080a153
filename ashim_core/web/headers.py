"""Headers of every answer, and of those that hold a secret."""

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cache-Control": "no-store",
}
"""For every answer that doesn't set its own: nothing here is a page unless it says so."""
SECRET = {"Cache-Control": "no-store, no-transform"}
"""For an answer that holds a token or a key: nobody compresses it, here or on its way."""
