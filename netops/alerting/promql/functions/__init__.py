"""The functions of PromQL, a module per kind; registry.py is the list of all."""
