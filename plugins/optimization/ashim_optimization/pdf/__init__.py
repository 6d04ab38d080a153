"""A PDF of pictures, written one page at a time."""
