"""Tools for smaller files, documents and icons, and for what a file says besides its picture."""
