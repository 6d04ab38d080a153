"""REST: requests to jobs, results to answers. Nothing imports this package but the CLI."""
