"""Compliance: rules over configurations, and the verdicts on them. No I/O but the reading of rule files."""
