from pathlib import Path

from netops.exporter.families import FAMILIES
from netops.exporter.reference import word_reference
from netops.followed import FOLLOWED

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"


def test_the_page_in_docs_is_the_one_the_code_makes() -> None:
    assert PAGE.read_text(encoding="utf-8") == word_reference(), "run `python -m netops.exporter`"


def test_every_metric_is_explained() -> None:
    page = word_reference()
    names = [family.name for family in FAMILIES] + [family.name for family in FOLLOWED]
    names += [
        "netops_build_info",
        "netops_polls_total",
        "netops_poll_lag_seconds",
        "netops_scrape_size_bytes",
    ]
    for name in names:
        assert f"| `{name}` |" in page
