"""The flow store: what foreigners, institutions and individuals bought on balance, day by day.

A broker tells the newest month or so with one call, and counts a session only in its evening. So
the newest session that was asked for is kept beside the flows. An answer without it stands for an
hour, as that evening's counting may come yet; from the next day on it stands for good.
"""

import math
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, Engine, select

from app.database import insert_into, reading, writing
from app.domain import KOREA, InvestorFlow, Ticker
from app.market.bars import Span
from app.market.tables import flow, flow_asked

COUNTED_WITHIN = timedelta(hours=1)


class FlowStore:
    """Net buying in won of final sessions, in the database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def load(self, ticker: Ticker, wanted: Span) -> list[InvestorFlow]:
        """Return the stored flows of ``wanted``, oldest first; sessions may be missing."""
        query = (
            select(*flow.c[1:])
            .where(flow.c.ticker == ticker, flow.c.session.between(wanted.first, wanted.last))
            .order_by(flow.c.session)
        )
        with reading(self._engine) as connection:
            return [InvestorFlow._make(row) for row in connection.execute(query)]

    def missing(self, tickers: Collection[Ticker], session: date, *, now: datetime) -> set[Ticker]:
        """Return those of ``tickers`` whose flow of ``session`` the broker must be asked for."""
        stands = flow_asked.c.again.is_(None) | (flow_asked.c.again > now)
        asked = (flow_asked.c.session > session) | ((flow_asked.c.session == session) & stands)
        query = select(flow_asked.c.ticker).where(asked)
        if len(tickers) == 1:
            query = query.where(flow_asked.c.ticker.in_(tickers))
        with reading(self._engine) as connection:
            return set(tickers) - set(connection.scalars(query))

    def save(
        self, ticker: Ticker, flows: Sequence[InvestorFlow], *, final: date, now: datetime
    ) -> None:
        """Save the broker's answer up to ``final``, the last final session: what was asked for.

        Raises:
            ValueError: a number is infinite or NaN.
        """
        kept = [each for each in flows if each.session <= final]
        for each in kept:
            _check(ticker, each)
        there = any(each.session == final for each in kept)
        settled = there or now.astimezone(KOREA).date() > final
        with writing(self._engine) as connection:
            if kept:
                _upsert(connection, ticker, kept)
            _note(connection, ticker, final, None if settled else now + COUNTED_WITHIN)


def _check(ticker: Ticker, row: InvestorFlow) -> None:
    for name in ("foreign", "institution", "individual"):
        number = getattr(row, name)
        if not math.isfinite(number):
            raise ValueError(f"{ticker} {row.session}: {name} is {number}, want won")


def _upsert(connection: Connection, ticker: Ticker, rows: Sequence[InvestorFlow]) -> None:
    fresh = insert_into(connection, flow)
    numbers = {name: fresh.excluded[name] for name in flow.c.keys()[2:]}
    connection.execute(
        fresh.on_conflict_do_update(index_elements=[flow.c.ticker, flow.c.session], set_=numbers),
        [{"ticker": ticker, **row._asdict()} for row in rows],
    )


def _note(connection: Connection, ticker: Ticker, session: date, again: datetime | None) -> None:
    """Note what was asked for; an answer that comes late takes back nothing newer."""
    fresh = insert_into(connection, flow_asked).values(ticker=ticker, session=session, again=again)
    connection.execute(
        fresh.on_conflict_do_update(
            index_elements=[flow_asked.c.ticker],
            set_={"session": fresh.excluded.session, "again": fresh.excluded.again},
            where=flow_asked.c.session <= fresh.excluded.session,
        )
    )
