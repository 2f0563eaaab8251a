"""How commands open the database that the settings name."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from netops.errors import NothingKept
from netops.i18n import _
from netops.settings.loader import LoadedSettings, load_settings
from netops.store.engine import open_engine
from netops.store.schema import current_revision, require_current


@contextmanager
def open_store(config: Path) -> Iterator[tuple[LoadedSettings, Engine]]:
    """Load the settings and open their database, whose schema must be ours.

    Raises:
        SettingsErrors: The files are wrong.
        NothingKept: No daemon ever ran here.
        StoreError: The database cannot be used; run ``netops run`` or ``netops db upgrade`` first.
    """
    loaded = load_settings(config)
    engine = open_engine(loaded.settings.storage.url.get_secret_value())
    try:
        if current_revision(engine) is None:
            raise NothingKept(_("nothing was kept yet; start the daemon with `netops run` first"))
        require_current(engine)
        yield loaded, engine
    finally:
        engine.dispose()
