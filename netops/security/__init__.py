"""Secrets at rest: sealed files and the keys that open them."""
