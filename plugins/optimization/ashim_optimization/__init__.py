"""Tools for smaller files, and for what a file says besides its picture."""
