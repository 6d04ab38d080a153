"""GIF written so that nothing is lost that a GIF can hold."""
