"""Whatever is saved, cut short and adjusted in whatever order, a scan's window ends up complete."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from app.domain import Bar
from app.market.bars import BarStore, Span

SESSIONS = [date(2024, 1, 1) + timedelta(days=n) for n in range(80)]
PAGE = 7  # bars a call
TICKERS = count()


class Killed(Exception):
    """The worker was killed."""


@dataclass(frozen=True)
class Day:
    """What happens on one day: a scan of the newest ``window`` sessions.

    ``forward``: sessions since the day before. ``pages``: how many the worker gets before it is
    killed; None when it is not. ``running``: the last row is not final yet.
    """

    forward: int
    window: int
    pages: int | None
    running: bool


@dataclass
class Broker:
    """A ticker's true bars: without rows where it did not trade, and split at some sessions."""

    rowless: frozenset[int]
    splits: frozenset[int]
    today: int = 1
    left: int | None = None

    def truth(self, wanted: Span) -> list[Bar]:
        """Return the bars of ``wanted`` as they look today, adjusted for every split so far."""
        shown = (n for n in range(self.today + 1) if n not in self.rowless)
        return [self._bar(n) for n in shown if wanted.first <= SESSIONS[n] <= wanted.last]

    def fetch(self, wanted: Span) -> Iterator[list[Bar]]:
        """Yield pages, newest first, while there are any left for this worker."""
        rows = self.truth(wanted)
        for end in range(len(rows), 0, -PAGE):
            if self.left is not None:
                self.left -= 1
                if self.left < 0:
                    raise Killed
            yield rows[max(0, end - PAGE) : end]

    def _bar(self, number: int) -> Bar:
        later = sum(number < split <= self.today for split in self.splits)
        price = 4096.0 + number
        price /= 2**later
        return Bar(SESSIONS[number], price, price, price, price, 1000.0 * 2**later)


DAYS = st.lists(
    st.builds(
        Day,
        forward=st.integers(0, 15),
        window=st.integers(1, 40),
        pages=st.none() | st.integers(0, 3),
        running=st.booleans(),
    ),
    min_size=1,
    max_size=8,
)
NUMBERS = st.frozensets(st.integers(1, len(SESSIONS) - 1), max_size=6)


def scan(store: BarStore, broker: Broker, ticker: str, wanted: Span, final: date) -> None:
    """Fetch what is missing, as a worker does."""
    for span in store.missing(ticker, wanted):
        stored = set(store.load(ticker, span).session.tolist())
        edges = stored & {span.first, span.last}
        assert stored <= edges, "bars that are known were asked for"
        if store.fill(ticker, span, broker.fetch(span), final=final).adjusted:
            scan(store, broker, ticker, wanted, final)
            return


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(days=DAYS, listed=st.integers(0, 30), suspended=NUMBERS, splits=NUMBERS)
def test_the_window_is_complete_and_adjusted_after_every_scan_that_was_not_cut_short(
    engine: Engine, days: list[Day], listed: int, suspended: frozenset[int], splits: frozenset[int]
) -> None:
    store, ticker = BarStore(engine), f"{next(TICKERS):06}"
    broker = Broker(rowless=suspended | frozenset(range(listed)), splits=splits)
    last_final = 0
    for day in days:
        broker.today = min(broker.today + day.forward, len(SESSIONS) - 1)
        broker.left = day.pages
        wanted = Span.over(SESSIONS[max(0, broker.today - day.window + 1) : broker.today + 1])
        last_final = max(last_final, broker.today - day.running)
        final = SESSIONS[last_final]
        try:
            scan(store, broker, ticker, wanted, final)
        except Killed:
            continue

        complete = [bar for bar in broker.truth(wanted) if bar.session <= final]
        loaded = store.load(ticker, wanted)
        assert loaded.session.tolist() == [bar.session for bar in complete]
        assert loaded.close.tolist() == [bar.close for bar in complete]
        assert loaded.volume.tolist() == [bar.volume for bar in complete]
        if complete:  # all that is asked again is what had no final row yet
            newest = complete[-1].session
            again = [] if newest == wanted.last else [Span(newest, wanted.last)]
            assert store.missing(ticker, wanted) == again
