"""The tables of bars, and of what the broker was asked for."""

from sqlalchemy import Column, Date, Float, String, Table

from app.database import metadata

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
