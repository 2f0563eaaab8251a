"""Alerts that traps and syslog messages raised."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "event_alert",
        *(sa.Column(name, sa.String(), nullable=False) for name in ("fingerprint", "rule")),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("labels", "annotations")),
        sa.Column("count", sa.Integer(), nullable=False),
        *(sa.Column(name, INSTANT, nullable=False) for name in ("starts_at", "told_at", "ends_at")),
        sa.Column("ended_because", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint"),
    )
