"""netops watches a network and its machine room."""
