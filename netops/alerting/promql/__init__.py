"""PromQL: the documented subset (docs/promql.md), evaluated at one instant over series in memory.

The syntax is promql-parser's; what an expression means is decided here. Instants and spans are whole
milliseconds, as in Prometheus, because its ranges are open on the left and a rounding would move a sample
over that edge.
"""
