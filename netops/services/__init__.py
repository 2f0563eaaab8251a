"""A use case per module: read, decide, store, tell."""
