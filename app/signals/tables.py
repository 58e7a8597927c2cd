"""The tables of scans, outcomes and signals."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from app.database import UtcTime, metadata

scan = Table(
    "scan",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("slot", String(96), unique=True),  # a schedule's time; None when a person asked
    Column("state", String(16), nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("as_of", Date),
    Column("strategies", JSON, nullable=False),
    Column("tickers", JSON, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("parameters", JSON(none_as_null=True)),  # of its strategies, as they were in force
    Column("regime", JSON(none_as_null=True)),  # of the market; None: not known
    Column("planned_calls", Integer, nullable=False, default=0),
    Column("calls", Integer, nullable=False, server_default="0"),  # beside those of its tickers
    Column("refused", Integer, nullable=False, server_default="0"),  # of these
    Column("done", Integer, nullable=False, default=0),
    Column("rounds", Integer, nullable=False, default=0),  # how often the sweep has sent again
    Column("created_at", UtcTime, nullable=False),
    Column("deadline", UtcTime, nullable=False),
    Column("closed_at", UtcTime),
    Index(None, "state", "name"),
    Index(None, "created_at"),
)

outcome = Table(
    "outcome",
    metadata,
    Column("scan_id", ForeignKey("scan.id", ondelete="CASCADE"), primary_key=True),
    Column("ticker", String(6), primary_key=True),
    Column("status", String(24), nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("last_bar", Date),
    Column("provisional", Boolean, nullable=False, server_default=false()),
    Column("results", JSON, nullable=False),  # a status, state and score a strategy
    Column("signals", JSON, nullable=False),  # as this scan found them
    Column("calls", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("waited_ms", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),
    Index(None, "ticker", "last_bar"),
)

signal = Table(
    "signal",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("strategy", String(32), nullable=False),
    Column("ticker", String(6), nullable=False),
    Column("pattern", Date, nullable=False),
    Column("scan_id", String(36), nullable=False),  # the scan that saw it last
    Column("state", String(32), nullable=False),
    Column("grade", String(1), nullable=False),
    Column("score", Float, nullable=False),
    Column("provisional", Boolean, nullable=False),
    Column("last_bar", Date, nullable=False),
    Column("body", JSON, nullable=False),
    Column("found_on", Date, nullable=False),  # the session that it was found on first
    Column("life", String(16), nullable=False),
    Column("life_reason", Text, nullable=False, default=""),
    Column("sessions", Integer, nullable=False, default=0),  # since found_on, or since entered_on
    Column("entered_on", Date),
    Column("entered_price", Float),
    Column("left_on", Date),
    Column("left_price", Float),
    Column("seen_on", Date),  # the newest final bar that it was judged by
    Column("seen_close", Float),  # and its close, in the scale of the prices here
    Column("found_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    UniqueConstraint("strategy", "ticker", "pattern"),
    Index(None, "changed_at"),
    Index(None, "ticker"),
    Index(None, "last_bar"),
)

signal_change = Table(
    "signal_change",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("signal_id", ForeignKey("signal.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),  # new, changed, confirmed, adjusted, or a life
    Column("body", JSON, nullable=False),
    Column("standing", JSON, nullable=False),  # what had become of it
    Column("told", Boolean, nullable=False),  # worth an announcement
    Column("scan_id", String(36), index=True),  # the scan that brought it
    Column("at", UtcTime, nullable=False),
    Column("announced_at", UtcTime, index=True),
)

message = Table(
    "message",
    metadata,
    Column("receiver", String(40), primary_key=True),  # its name, never its address
    Column("scan_id", ForeignKey("scan.id", ondelete="CASCADE"), primary_key=True),
    Column("told_to", Integer, nullable=False, default=0),  # the newest change it was told of
    Column("tries", Integer, nullable=False, default=0),  # to tell it of newer ones
    Column("unsure", Boolean, nullable=False),  # a try that nobody saw the end of
    Column("reason", Text, nullable=False, default=""),  # why the last try failed
    Column("tried_at", UtcTime, nullable=False),
    Column("due_at", UtcTime, nullable=False),  # not before then: somebody tries, or has failed
)
