"""netops watches a network and its machine room."""

__version__ = "0.1.0"
