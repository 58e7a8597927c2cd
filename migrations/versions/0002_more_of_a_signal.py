"""Investor flows, strength and regime; the last bar of an outcome; what becomes of a signal."""

from datetime import date
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and tables."""
    op.create_table(
        "flow",
        sa.Column("ticker", sa.String(length=6), nullable=False),
        sa.Column("session", sa.Date(), nullable=False),
        sa.Column("foreign", sa.Float(), nullable=False),
        sa.Column("institution", sa.Float(), nullable=False),
        sa.Column("individual", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("ticker", "session", name="pk_flow"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "flow_asked",
        sa.Column("ticker", sa.String(length=6), nullable=False),
        sa.Column("session", sa.Date(), nullable=False),
        sa.Column("again", sa.DateTime()),
        sa.PrimaryKeyConstraint("ticker", name="pk_flow_asked"),
    )
    op.create_table(
        "strength",
        sa.Column("session", sa.Date(), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("percentiles", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("session", name="pk_strength"),
    )
    op.add_column("scan", sa.Column("parameters", sa.JSON()))
    op.add_column("scan", sa.Column("regime", sa.JSON()))
    for name in ("calls", "refused"):
        op.add_column("scan", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.add_column("outcome", sa.Column("last_bar", sa.Date()))
    op.add_column(
        "outcome",
        sa.Column("provisional", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_index("ix_outcome_ticker_last_bar", "outcome", ["ticker", "last_bar"])
    _add_life()
    _complete_signals(op.get_bind())


def _add_life() -> None:
    """Add what has become of a signal; the defaults are for rows that are there already."""
    for column in (
        sa.Column("found_on", sa.Date(), nullable=False, server_default="1970-01-01"),
        sa.Column("life", sa.String(length=16), nullable=False, server_default="new"),
        sa.Column("life_reason", sa.Text(), nullable=False, server_default=""),
        sa.Column("sessions", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("entered_on", sa.Date()),
        sa.Column("entered_price", sa.Float()),
        sa.Column("left_on", sa.Date()),
        sa.Column("left_price", sa.Float()),
        sa.Column("seen_on", sa.Date()),
        sa.Column("seen_close", sa.Float()),
    ):
        op.add_column("signal", column)
    op.create_index("ix_signal_ticker", "signal", ["ticker"])
    op.create_index("ix_signal_last_bar", "signal", ["last_bar"])
    op.add_column(
        "signal_change", sa.Column("standing", sa.JSON(), nullable=False, server_default="{}")
    )
    op.add_column(
        "signal_change",
        sa.Column("told", sa.Boolean(), nullable=False, server_default=sa.true()),
    )


def _complete_signals(connection: sa.Connection) -> None:
    """Give the signals of before their terms, and begin their life where they were seen last."""
    signal = sa.table(
        "signal",
        *(sa.column(name) for name in ("id", "life", "seen_close")),
        *(sa.column(name, sa.Date) for name in ("found_on", "seen_on")),
        _json("body"),
    )
    for row in connection.execute(sa.select(signal.c.id, signal.c.body)).all():
        life = _life(row.body) | {"body": _with_terms(row.body)}
        connection.execute(sa.update(signal).where(signal.c.id == row.id).values(life))
    change = sa.table("signal_change", sa.column("id"), _json("body"), _json("standing"))
    for row in connection.execute(sa.select(change.c.id, change.c.body)).all():
        standing = {"life": "new", "found_on": row.body["last_bar"]}
        told = {"body": _with_terms(row.body), "standing": standing}
        connection.execute(sa.update(change).where(change.c.id == row.id).values(told))
    outcome = sa.table("outcome", sa.column("scan_id"), sa.column("ticker"), _json("signals"))
    found = sa.select(outcome).where(sa.func.json_array_length(outcome.c.signals) > 0)
    for row in connection.execute(found).all():
        mine = (outcome.c.scan_id == row.scan_id) & (outcome.c.ticker == row.ticker)
        signals = [_with_terms(each) for each in row.signals]
        connection.execute(sa.update(outcome).where(mine).values(signals=signals))


def _life(body: dict[str, Any]) -> dict[str, Any]:
    """Return where the life of a signal begins; a breakout's ended with its own session."""
    last_bar, final = date.fromisoformat(body["last_bar"]), not body["provisional"]
    return {
        "found_on": last_bar,
        "life": "expired" if final and body["strategy"] == "volatility_breakout" else "new",
        "seen_on": last_bar if final else None,
        "seen_close": body["price"] if final else None,
    }


def _with_terms(body: dict[str, Any]) -> dict[str, Any]:
    waits, holds = (20, 60) if body["strategy"] == "vcp" else (0, 0)
    return {"terms": {"waits": waits, "holds": holds}} | body


def _json(name: str) -> sa.ColumnClause[Any]:
    return sa.column(name, sa.JSON)
