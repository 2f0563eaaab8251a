"""Draft the next revision from what the models say and the latest revision does not."""

import sys
import tempfile
from pathlib import Path

from alembic import command

from netops.store.engine import begin_writing, open_engine
from netops.store.revisions import alembic_config, head_revision
from netops.store.schema import upgrade


def draft(words: str) -> None:
    """Write ``versions/<number>_<words>.py``; its author reads it over, for it is a draft."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'draft.db'}")
        upgrade(engine, None)
        with engine.connect() as connection, begin_writing(connection):
            number = f"{int(head_revision()) + 1:04}"
            command.revision(alembic_config(connection), words, autogenerate=True, rev_id=number)
        engine.dispose()


if __name__ == "__main__":
    draft(" ".join(sys.argv[1:]))
