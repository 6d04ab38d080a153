"""One server put together, and what its plugins may do with it."""
