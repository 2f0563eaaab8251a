"""Alert rules: reading them, and deciding by them. Values in, values out; no I/O, and the clock is passed in."""
