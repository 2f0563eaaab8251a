"""Writes ``grafana/dashboards/``; ``make grafana`` calls it."""

from pathlib import Path

from grafana.source.library import word_dashboards


def main() -> None:
    """Write every dashboard into its file, and remove files that are no dashboard of ours any more."""
    folder = Path(__file__).parents[1] / "dashboards"
    made = word_dashboards()
    for path in folder.glob("*.json"):
        if path.name not in made:
            path.unlink()
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
