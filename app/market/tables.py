"""The tables of bars, flows and ranks, and of what the broker was asked for."""

from sqlalchemy import JSON, Column, Date, Float, Integer, String, Table

from app.database import UtcTime, metadata

bar = Table(
    "bar",
    metadata,
    Column("ticker", String(6), primary_key=True),
    Column("session", Date, primary_key=True),
    Column("open", Float, nullable=False),
    Column("high", Float, nullable=False),
    Column("low", Float, nullable=False),
    Column("close", Float, nullable=False),
    Column("volume", Float, nullable=False),
    Column("value", Float),
    sqlite_with_rowid=False,  # a ticker's bars lie side by side, in order
)

bar_history = Table(
    "bar_history",
    metadata,
    Column("ticker", String(6), primary_key=True),
    Column("since", Date, primary_key=True),
    Column("until", Date, nullable=False),
)

flow = Table(
    "flow",
    metadata,
    Column("ticker", String(6), primary_key=True),
    Column("session", Date, primary_key=True),
    Column("foreign", Float, nullable=False),
    Column("institution", Float, nullable=False),
    Column("individual", Float, nullable=False),
    sqlite_with_rowid=False,
)

flow_asked = Table(
    "flow_asked",
    metadata,
    Column("ticker", String(6), primary_key=True),
    Column("session", Date, nullable=False),  # the newest one asked for
    Column("again", UtcTime),  # when the answer may have changed; None: never
)

strength = Table(
    "strength",
    metadata,
    Column("session", Date, primary_key=True),
    Column("known", Integer, nullable=False),  # tickers whose bars were stored by then
    Column("percentiles", JSON, nullable=False),  # by ticker
)
