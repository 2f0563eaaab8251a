"""Compliance: what each rule said of each device, and when each was last judged."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    texts = ("status", "severity", "title", "reference", "site")
    op.create_table(
        "compliance_result",
        *(sa.Column(name, sa.String(), nullable=False) for name in ("device_name", "rule")),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in texts),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("revision", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("device_name", "rule", "since"),
    )
    op.create_index("ix_compliance_result_until", "compliance_result", ["until"])
    op.create_table(
        "compliance_check",
        sa.Column("device_name", sa.String(), nullable=False),
        sa.Column("checked_at", INSTANT, nullable=False),
        sa.Column("revision", sa.String(), nullable=False),
        sa.Column("rules", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("device_name"),
    )
