"""Traffic and gauges over time: write, read, percentile, top, purge.

A poll is one packed row (``raw``); once its day is over and has rested, the day becomes compressed columns
(``blocks``), and every hour and day has a summary (``rollups``). Whoever asks does not see where rows are.
"""
