"""The texts of labels and annotations: Go's template language, as far as alert rules use it (docs/promql.md)."""
