"""Submit, wait, watch, cancel. Knows no web framework."""
