"""The command line: a file per noun, thin; every fact comes from a service."""
