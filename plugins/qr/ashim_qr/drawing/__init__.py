"""Drawing a code: one geometry, in modules, for SVG and for pixels."""
