"""Is the database sound: its pages, its references, and its schema against the models."""

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from netops.i18n import _
from netops.store.tables import METADATA, is_modelled

_LINES = 20  # of each kind; a broken file can have a complaint about every page


def find_damage(connection: Connection) -> list[str]:
    """Give the database's own complaints about its pages and references, at most 20 of each kind."""
    if connection.dialect.name != "sqlite":
        return _find_invalid(connection)
    rows = connection.exec_driver_sql(f"PRAGMA integrity_check({_LINES})")
    found = [str(line) for (line,) in rows if line != "ok"]
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    words = _("%(table)s row %(row)s refers to a row that %(parent)s does not have")
    return found + [words % {"table": row[0], "row": row[1], "parent": row[2]} for row in broken[:_LINES]]


def _find_invalid(connection: Connection) -> list[str]:
    """Find indexes and constraints that PostgreSQL itself knows to be unfinished."""
    indexes = connection.exec_driver_sql(
        "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
        "WHERE NOT i.indisvalid AND c.relnamespace = current_schema()::regnamespace"
    )
    constraints = connection.exec_driver_sql(
        "SELECT conname FROM pg_constraint "
        "WHERE NOT convalidated AND connamespace = current_schema()::regnamespace"
    )
    found = [_("index %(name)s is not valid; run REINDEX") % {"name": name} for (name,) in indexes]
    words = _("constraint %(name)s was never validated")
    return found + [words % {"name": name} for (name,) in constraints]


def find_differences(connection: Connection) -> list[str]:
    """Compare the schema with the models."""
    context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": is_modelled})
    found = []
    for difference in compare_metadata(context, METADATA):
        # Alembic gives a tuple for most, and a list of tuples for one column's changes.
        found += [_word(one) for one in (difference if isinstance(difference, list) else [difference])]
    return found


def _word(difference: tuple[Any, ...]) -> str:
    kind, *parts = difference
    match kind:
        case "add_table":
            return _("table %(name)s is missing") % {"name": parts[0].name}
        case "remove_table":
            return _("table %(name)s is not netops's") % {"name": parts[0].name}
        case "add_column":
            return _("column %(name)s is missing") % {"name": f"{parts[1]}.{parts[2].name}"}
        case "remove_column":
            return _("column %(name)s is not netops's") % {"name": f"{parts[1]}.{parts[2].name}"}
    if kind.startswith("modify_"):
        words = _("column %(name)s differs from the model: %(what)s is %(is)s, not %(ought)s")
        table, column, *_options, found, ought = parts[1:]
        what = kind.removeprefix("modify_")
        return words % {"name": f"{table}.{column}", "what": what, "is": found, "ought": ought}
    name = getattr(parts[0], "name", None) or str(parts[0])
    table = getattr(getattr(parts[0], "table", None), "name", "?")
    words = _("%(table)s: index or constraint %(name)s differs from the model (%(kind)s)")
    return words % {"table": table, "name": name, "kind": kind}
