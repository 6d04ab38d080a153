"""SVG drawings as pixels."""
