"""Relative strength: each ticker's rank in the whole market, one row a session."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import Engine, select

from app.database import insert_into, reading, writing
from app.domain import Ticker
from app.market.tables import strength


class StrengthStore:
    """Percentiles, 0 to 100, by session, in the database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def known(self, session: date) -> int:
        """Return of how many tickers bars were stored when ``session`` was ranked, 0 if never."""
        query = select(strength.c.known).where(strength.c.session == session)
        with reading(self._engine) as connection:
            return connection.scalar(query) or 0

    def save(self, session: date, percentiles: Mapping[Ticker, float], *, known: int) -> None:
        """Keep the percentiles of ``session``; of two rankings the one that knows more wins."""
        with writing(self._engine) as connection:
            fresh = insert_into(connection, strength).values(
                session=session, known=known, percentiles=dict(percentiles)
            )
            connection.execute(
                fresh.on_conflict_do_update(
                    index_elements=[strength.c.session],
                    set_={"known": known, "percentiles": fresh.excluded.percentiles},
                    where=strength.c.known <= known,
                )
            )

    def load(self, session: date, ticker: Ticker) -> float | None:
        """Return the percentile of ``ticker`` on ``session``; None when it has none."""
        of_ticker = strength.c.percentiles[ticker].as_float()
        with reading(self._engine) as connection:
            return connection.scalar(select(of_ticker).where(strength.c.session == session))
