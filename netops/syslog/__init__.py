"""Syslog: messages over UDP, TCP and TLS, and what devices say in them of changes to their configuration."""
