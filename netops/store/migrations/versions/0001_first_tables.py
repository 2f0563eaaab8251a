"""First tables: devices and their state, interfaces, events, latest readings."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
IDENTITY = (
    "profile",
    "vendor",
    "model",
    "os",
    "os_version",
    "serial",
    "sys_name",
    "location",
    "contact",
    "object_id",
    "description",
)


def upgrade() -> None:
    """Make all tables."""
    _create_device()
    _create_device_state()
    _create_latest_reading()
    _create_interface()
    _create_event()


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False)


def _create_device() -> None:
    op.create_table(
        "device",
        sa.Column("id", sa.Integer(), nullable=False),
        _text("name"),
        _text("source"),
        sa.Column("spec", sa.JSON(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        *(_text(name) for name in IDENTITY),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
        # The id of a removed device is never given to another one, as on PostgreSQL.
        sqlite_autoincrement=True,
    )


def _create_device_state() -> None:
    op.create_table(
        "device_state",
        sa.Column("device_id", sa.Integer(), nullable=False),
        _text("snmp"),
        _text("icmp"),
        sa.Column("reachable", sa.Boolean(), nullable=True),
        sa.Column("since", INSTANT, nullable=True),
        sa.Column("polled_at", INSTANT, nullable=True),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.Column("poll_seconds", sa.Float(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        _text("error_kind"),
        _text("error"),
        sa.Column("uptime_seconds", sa.Float(), nullable=True),
        sa.Column("booted_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("device_id"),
    )


def _create_latest_reading() -> None:
    op.create_table(
        "latest_reading",
        sa.Column("device_id", sa.Integer(), nullable=False),
        _text("subject"),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("device_id", "subject"),
    )


def _create_interface() -> None:
    op.create_table(
        "interface",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        _text("key"),
        sa.Column("if_index", sa.Integer(), nullable=False),
        *(_text(name) for name in ("name", "description", "alias", "type")),
        sa.Column("speed_bps", sa.BigInteger(), nullable=True),
        sa.Column("mtu", sa.BigInteger(), nullable=True),
        sa.Column("mac", sa.String(), nullable=True),
        sa.Column("admin_status", sa.SmallInteger(), nullable=False),
        sa.Column("oper_status", sa.SmallInteger(), nullable=False),
        sa.Column("duplex", sa.String(), nullable=True),
        sa.Column("last_change", INSTANT, nullable=True),
        sa.Column("first_seen", INSTANT, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("missing_since", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("device_id", "key"),
        sqlite_autoincrement=True,
    )


def _create_event() -> None:
    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        _text("kind"),
        sa.Column("device_id", sa.Integer(), nullable=True),
        *(_text(name) for name in ("device_name", "subject", "text")),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_event_at", "event", ["at"])
    op.create_index("ix_event_device_id", "event", ["device_id"])
