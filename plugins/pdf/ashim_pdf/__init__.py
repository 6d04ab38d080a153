"""PDF pages as pictures."""
