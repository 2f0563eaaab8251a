"""Questions about traffic over time: one interface, rankings, billing, forecasts, unused and failing ports.

Each answer is plain values, for the command line and the web alike. Rates are bit/s, instants ISO 8601 with the
offset of the time zone of the settings.
"""
