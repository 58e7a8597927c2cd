"""Which scan brought a change, and what was told to whom."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and the table; changes of before belong to no scan, and are not told."""
    op.add_column("signal_change", sa.Column("scan_id", sa.String(length=36)))
    op.create_index("ix_signal_change_scan_id", "signal_change", ["scan_id"])
    op.create_table(
        "message",
        sa.Column("receiver", sa.String(length=40), nullable=False),
        sa.Column("scan_id", sa.String(length=36), nullable=False),
        sa.Column("told_to", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("unsure", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("tried_at", sa.DateTime(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["scan_id"], ["scan.id"], name="fk_message_scan_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("receiver", "scan_id", name="pk_message"),
    )
