"""The outbox of notifications and its record; maintenance windows and flapping of alerts."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables, and the columns that say what else keeps an alert quiet."""
    op.add_column("alert", sa.Column("window", sa.String(), nullable=False, server_default=""))
    op.add_column("alert", sa.Column("is_flapping", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("because", "fingerprint")),
        *(sa.Column(name, INSTANT, nullable=False) for name in ("active_at", "told_since")),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "alert_group",
        *(sa.Column(name, sa.String(), nullable=False) for name in ("key", "policy")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("step", "round")),
        sa.Column("told_at", INSTANT, nullable=False),
        sa.Column("told_severity", sa.String(), nullable=False),
        sa.Column("next_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("key"),
    )
    _create_deliveries()
    op.create_table(
        "foreign_alert",
        sa.Column("fingerprint", sa.String(), nullable=False),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("labels", "annotations")),
        *(sa.Column(name, INSTANT, nullable=False) for name in ("starts_at", "ends_at", "told_at")),
        sa.Column("is_over", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint"),
    )
    op.create_table(
        "verification",
        *(
            sa.Column(name, sa.String(), nullable=False)
            for name in ("person", "channel", "address", "code_hash")
        ),
        sa.Column("sent_at", INSTANT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("verified_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("person", "channel", "address"),
    )


def _create_deliveries() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("kind", "group_key", "policy")),
        sa.Column("step", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("person", "channel", "address", "text")),
        sa.Column("fallbacks", sa.JSON(), nullable=False),
        sa.Column("fell_back", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("digest_id", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("created_at", "person", "status"):
        op.create_index(f"ix_delivery_{column}", "delivery", [column])
    op.create_table(
        "told",
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("active_at", INSTANT, nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", "fingerprint", "active_at", "because"),
    )
    op.create_index("ix_told_fingerprint", "told", ["fingerprint"])
    op.create_table(
        "delivery_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("outcome", "answer")),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_delivery_attempt_delivery_id", "delivery_attempt", ["delivery_id"])
