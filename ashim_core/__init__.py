"""The core of ashim: discovers tools, runs them in worker processes, serves them."""

__version__ = "0.2.0"
