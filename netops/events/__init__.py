"""Event rules: which traps and syslog messages are alerts, and which end them. Pure; the clock is not asked."""
