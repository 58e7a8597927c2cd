"""Tables of bars, scans, outcomes and signals."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "bar",
        sa.Column("ticker", sa.String(length=6), nullable=False),
        sa.Column("session", sa.Date(), nullable=False),
        sa.Column("open", sa.Float(), nullable=False),
        sa.Column("high", sa.Float(), nullable=False),
        sa.Column("low", sa.Float(), nullable=False),
        sa.Column("close", sa.Float(), nullable=False),
        sa.Column("volume", sa.Float(), nullable=False),
        sa.Column("value", sa.Float()),
        sa.PrimaryKeyConstraint("ticker", "session", name="pk_bar"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "bar_history",
        sa.Column("ticker", sa.String(length=6), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("ticker", "since", name="pk_bar_history"),
    )
    op.create_table(
        "scan",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("slot", sa.String(length=96)),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date()),
        sa.Column("strategies", sa.JSON(), nullable=False),
        sa.Column("tickers", sa.JSON(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("planned_calls", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("deadline", sa.DateTime(), nullable=False),
        sa.Column("closed_at", sa.DateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_scan"),
        sa.UniqueConstraint("slot", name="uq_scan_slot"),
    )
    op.create_index("ix_scan_state_name", "scan", ["state", "name"])
    op.create_index("ix_scan_created_at", "scan", ["created_at"])
    op.create_table(
        "signal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("strategy", sa.String(length=32), nullable=False),
        sa.Column("ticker", sa.String(length=6), nullable=False),
        sa.Column("pattern", sa.Date(), nullable=False),
        sa.Column("scan_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("grade", sa.String(length=1), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("last_bar", sa.Date(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("found_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_signal"),
        sa.UniqueConstraint(
            "strategy", "ticker", "pattern", name="uq_signal_strategy_ticker_pattern"
        ),
    )
    op.create_index("ix_signal_changed_at", "signal", ["changed_at"])
    op.create_table(
        "outcome",
        sa.Column("scan_id", sa.String(length=36), nullable=False),
        sa.Column("ticker", sa.String(length=6), nullable=False),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("results", sa.JSON(), nullable=False),
        sa.Column("signals", sa.JSON(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("waited_ms", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["scan_id"], ["scan.id"], name="fk_outcome_scan_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("scan_id", "ticker", name="pk_outcome"),
    )
    op.create_table(
        "signal_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("signal_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("announced_at", sa.DateTime()),
        sa.ForeignKeyConstraint(
            ["signal_id"],
            ["signal.id"],
            name="fk_signal_change_signal_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_signal_change"),
    )
    op.create_index("ix_signal_change_signal_id", "signal_change", ["signal_id"])
    op.create_index("ix_signal_change_announced_at", "signal_change", ["announced_at"])


def downgrade() -> None:
    """Drop them, the newest first."""
    op.drop_table("signal_change")
    op.drop_table("outcome")
    op.drop_table("signal")
    op.drop_table("scan")
    op.drop_table("bar_history")
    op.drop_table("bar")
