"""HTTP: what people and our own commands ask of the running daemon."""
