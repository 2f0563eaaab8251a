"""Tests of rules in promtool's file format: series in, alerts and values out, at instants counted from 1970."""
