"""Which revision of the schema a database has, and which ones this netops knows."""

from functools import lru_cache
from importlib.resources import as_file, files

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from netops.errors import SchemaTooNew, StoreError
from netops.i18n import _

VERSION_TABLE = "alembic_version"


def alembic_config(connection: Connection | None = None) -> Config:
    """Make Alembic's settings, which stand in no file: where the revisions are, and the connection to use."""
    with as_file(files("netops.store") / "migrations") as folder:
        config = Config()
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


@lru_cache(maxsize=1)
def known_revisions() -> tuple[str, ...]:
    """Give every revision this netops knows, oldest first."""
    script = ScriptDirectory.from_config(alembic_config())
    return tuple(reversed([revision.revision for revision in script.walk_revisions()]))


def head_revision() -> str:
    """Give the revision that this netops works with."""
    return known_revisions()[-1]


def read_revision(connection: Connection) -> str | None:
    """Read the revision of a database; None when it holds no table at all.

    Raises:
        StoreError: There are tables, but none of netops's making.
    """
    tables = inspect(connection).get_table_names()
    if not tables:
        return None
    if VERSION_TABLE in tables:
        revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        if revision is not None:
            return str(revision)
    raise StoreError(_("the database holds tables of another program; give netops one of its own"))


def require_known(revision: str | None) -> None:
    """Refuse what a newer netops wrote.

    Raises:
        SchemaTooNew: The revision is not among ours; both are named.
    """
    if revision is not None and revision not in known_revisions():
        words = _(
            "a newer netops wrote this database (revision %(theirs)s, this one knows up to %(ours)s); upgrade netops"
        )
        raise SchemaTooNew(words % {"theirs": revision, "ours": head_revision()})
