"""Alerts: their episodes, what happened to them, and silences."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    texts = ("file", "rule_group", "rule")
    op.create_table(
        "alert",
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("active_at", INSTANT, nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in texts),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("labels", "annotations")),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("severity", "status")),
        sa.Column("value", sa.Float(), nullable=True),
        *(
            sa.Column(name, INSTANT, nullable=True)
            for name in ("fired_at", "resolved_at", "keep_firing_since")
        ),
        sa.Column("is_held", sa.Boolean(), nullable=False),
        sa.Column("behind", sa.String(), nullable=False),
        sa.Column("hides", sa.JSON(), nullable=False),
        sa.Column("silence_id", sa.Integer(), nullable=True),
        sa.Column("acknowledged_by", sa.String(), nullable=True),
        *(sa.Column(name, INSTANT, nullable=True) for name in ("acknowledged_at", "acknowledged_until")),
        sa.Column("acknowledge_comment", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", "active_at"),
    )
    op.create_index("ix_alert_status", "alert", ["status"])
    op.create_table(
        "alert_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("kind", "fingerprint")),
        sa.Column("active_at", INSTANT, nullable=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("who", "text")),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_alert_event_at", "alert_event", ["at"])
    op.create_index("ix_alert_event_fingerprint", "alert_event", ["fingerprint"])
    op.create_table(
        "silence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("matchers", sa.JSON(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("author", "comment")),
        *(sa.Column(name, INSTANT, nullable=False) for name in ("starts_at", "ends_at")),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_silence_ends_at", "silence", ["ends_at"])
