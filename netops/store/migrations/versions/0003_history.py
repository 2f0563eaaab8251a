"""The traffic history: raw polls, packed days and roll-ups, series of gauges, speeds of interfaces."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; on PostgreSQL raw polls are partitioned, and a default partition takes strange times."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    _create_raw(is_postgresql=is_postgresql)
    op.create_table(
        "history_block",
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("tier", sa.SmallInteger(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.SmallInteger(), nullable=False),
        sa.Column("first_series", sa.BigInteger(), nullable=False),
        sa.Column("last_series", sa.BigInteger(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("device_id", "kind", "tier", "start", "part"),
    )
    op.create_table(
        "history_series",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("device_id", "subject", "key"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "history_speed",
        sa.Column("interface_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("speed_bps", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["interface_id"], ["interface.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("interface_id", "since"),
    )
    if is_postgresql:
        # What is packed already is not compressed again.
        op.execute("ALTER TABLE history_raw ALTER COLUMN payload SET STORAGE EXTERNAL")
        op.execute("ALTER TABLE history_block ALTER COLUMN payload SET STORAGE EXTERNAL")


def _create_raw(*, is_postgresql: bool) -> None:
    options: dict[str, Any] = {"postgresql_partition_by": "RANGE (at)"} if is_postgresql else {}
    op.create_table(
        "history_raw",
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("span", sa.BigInteger(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("device_id", "kind", "at"),
        **options,
    )
    if is_postgresql:
        op.execute("CREATE INDEX ix_history_raw_at ON history_raw USING brin (at)")
        op.execute("CREATE TABLE history_raw_other PARTITION OF history_raw DEFAULT")
