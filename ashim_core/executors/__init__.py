"""Where tasks are run: worker processes, with queues and lanes in front of them."""
