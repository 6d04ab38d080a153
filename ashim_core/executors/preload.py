"""Imported by fork servers, and by nobody else: importing it does the work."""

from ashim_core.executors.loaded import carry_out_order

carry_out_order()
