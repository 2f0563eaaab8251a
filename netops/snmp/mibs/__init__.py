"""Names of MIB objects: tables of the standard modules, and a reader for an operator's own modules."""
