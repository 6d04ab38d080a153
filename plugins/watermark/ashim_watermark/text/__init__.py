"""Drawing text: typefaces, sizes that fit, and pixels."""
