"""The running bars of today, for ten minutes, in Redis: fetched in batches, read one by one.

Beside them, as long: the running bar that came with a ticker's own bars, for those who look at
what is stored. And for a day: whose bars were fetched anew because a base price was not the last
close.
"""

from collections.abc import Iterable
from datetime import date, datetime

from pydantic import TypeAdapter
from redis import Redis

from app.domain import Bar, Quote, Ticker

KEPT_SECONDS = 600
REBASED_SECONDS = 24 * 3600

_QUOTE = TypeAdapter(Quote)
_BAR = TypeAdapter(Bar)


class QuoteStore:
    """Quotes by ticker; what is older than ten minutes is gone."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def save(self, quotes: Iterable[Quote]) -> None:
        """Keep the quotes with one round trip."""
        with self._redis.pipeline(transaction=False) as pipeline:
            for quote in quotes:
                pipeline.set(f"quote:{quote.ticker}", _QUOTE.dump_json(quote), ex=KEPT_SECONDS)
            pipeline.execute()

    def load(self, ticker: Ticker, *, since: datetime) -> Quote | None:
        """Return the ticker's quote if it was made at ``since`` or later."""
        kept = self._redis.get(f"quote:{ticker}")
        if not isinstance(kept, bytes):
            return None
        quote = _QUOTE.validate_json(kept)
        return quote if quote.at >= since else None

    def save_running(self, ticker: Ticker, bar: Bar) -> None:
        """Keep the running bar that an answer with the ticker's bars ended with."""
        self._redis.set(f"running:{ticker}", _BAR.dump_json(bar), ex=KEPT_SECONDS)

    def load_running(self, ticker: Ticker, session: date) -> Bar | None:
        """Return the running bar of ``session`` that lately came with the ticker's bars."""
        kept = self._redis.get(f"running:{ticker}")
        if not isinstance(kept, bytes):
            return None
        bar = _BAR.validate_json(kept)
        return bar if bar.session == session else None

    def rebased(self, ticker: Ticker, session: date) -> bool:
        """Say whether that was done for the base price of ``ticker`` in ``session``."""
        return self._redis.get(f"rebased:{ticker}") == session.isoformat().encode()

    def mark_rebased(self, ticker: Ticker, session: date) -> None:
        """Remember that it was done."""
        self._redis.set(f"rebased:{ticker}", session.isoformat(), ex=REBASED_SECONDS)
