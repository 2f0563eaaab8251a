"""A network of simulated SNMP agents on loopback addresses, for demonstrations, tests and benchmarks."""
