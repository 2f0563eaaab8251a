"""Column types that both databases read back alike, and how constraints are named."""

from datetime import UTC, datetime
from enum import Enum, IntEnum
from typing import Any

from sqlalchemy import DateTime, Dialect, SmallInteger, String, TypeDecorator
from sqlmodel import SQLModel

# Every constraint has a name, so that a later migration can name it on SQLite too.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC instant; a naive one is refused. SQLite keeps no zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Turn the instant to UTC before it is stored."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = f"a naive datetime cannot be stored: {value!r}"
            raise ValueError(message)
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give the stored instant back aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def words_of(enum: type[Enum]) -> type[TypeDecorator[Any]]:
    """Build the column type of an enum: its values are stored, as text, or as a small number for an IntEnum.

    Not a native enum of the database: a new word then needs no migration, and a reader without netops finds
    the word that JSON and metrics use. A stored value that the enum does not know raises ValueError.
    """

    class Words(TypeDecorator[Any]):
        impl = SmallInteger if issubclass(enum, IntEnum) else String
        cache_ok = True

        def process_bind_param(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002 - SQLAlchemy's form
            return None if value is None else enum(value).value

        def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002 - the same
            return None if value is None else enum(value)

    return Words
