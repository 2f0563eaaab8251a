"""Write docs/metrics.md: `python -m netops.exporter`, in the folder of the checkout."""

from pathlib import Path

from netops.exporter.reference import word_reference

if __name__ == "__main__":
    Path("docs/metrics.md").write_text(word_reference(), encoding="utf-8")
