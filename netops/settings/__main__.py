"""``python -m netops.settings [DOCS]`` writes what is made from the models: docs/schema/ and docs/settings.md."""

import sys
from pathlib import Path

from netops.settings.reference import write_reference
from netops.settings.schema import write_schemas


def main() -> None:
    """Write the generated files below the docs folder given, or ``docs``."""
    docs = Path(sys.argv[1] if len(sys.argv) > 1 else "docs")
    write_schemas(docs / "schema")
    write_reference(docs / "settings.md")


if __name__ == "__main__":
    main()
