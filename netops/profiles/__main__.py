"""``python -m netops.profiles [DOCS]`` writes docs/profile-reference.md and docs/schema/profile.schema.json."""

import sys
from pathlib import Path

from netops.profiles.reference import write_documents

if __name__ == "__main__":
    write_documents(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
