"""The life of kept signals: moved by stored bars, once, whoever comes first."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine

from app.domain import Bar, Bars, Life, Outcome, Ticker
from app.market.bars import BarStore, Span
from app.signals.filters import Filter
from app.signals.scans import Plan, ScanStore
from app.signals.store import SignalStore
from app.signals.tracked import Tracked
from tests.unit.signals.test_store import DAY, NOW, SCAN, a_signal
from tests.unit.signals.test_turns import ENTRY, FOUND, QUIET, RUNNING, SETUP, STOP, day, look, view

TICKER = "005930"
Prices = tuple[float, float, float, float]


class Market:
    """Stored bars of one ticker, scans of it, and the signals that they leave."""

    def __init__(self, engine: Engine) -> None:
        self.bars = BarStore(engine)
        self.store = SignalStore(engine, self.load_bars)
        self._scans = ScanStore(engine)
        self._number = 0

    def load_bars(self, ticker: Ticker, first: date, last: date) -> Bars:
        return self.bars.load(ticker, Span(first, last))

    def trade(self, *prices: Prices, first: int = 0) -> None:
        """Store the bars of days from ``first`` on."""
        rows = [Bar(day(at), *each, volume=1.0) for at, each in enumerate(prices, start=first)]
        span = Span(rows[0].session, rows[-1].session)
        self.bars.fill(TICKER, span, [rows], final=rows[-1].session)

    def scan(self, seen: Outcome) -> Outcome:
        """Return ``seen`` as the outcome of a scan of its own."""
        self._number += 1
        scan_id = f"scan {self._number}"
        self._scans.record(Plan(replace(SCAN, id=scan_id), [TICKER], 0), now=NOW)
        return seen.model_copy(update={"scan_id": scan_id})

    def see(self, seen: Outcome) -> list[str]:
        """Keep the outcome of a scan; return the kinds of the changes that are told."""
        return [change.kind for change in self.store.keep(self.scan(seen), now=NOW).changes]

    def history(self) -> list[str]:
        return [change.kind for change in self.store.history(limit=100)]

    def only(self) -> Tracked:
        (kept,) = self.store.signals()
        return kept


@pytest.fixture
def market(engine: Engine) -> Market:
    return Market(engine)


def test_stored_bars_move_a_signal_when_its_ticker_is_looked_at_again(market: Market) -> None:
    market.trade(FOUND)
    assert market.see(look(0, SETUP)) == ["new"]

    market.trade(FOUND, QUIET)
    assert market.see(look(1, view(SETUP, 1))) == []
    assert market.only().course.life is Life.ACTIVE

    market.trade(QUIET, ENTRY, first=1)
    assert market.see(look(2)) == ["triggered"]

    market.trade(ENTRY, QUIET, QUIET, STOP, first=2)
    assert market.see(look(5)) == ["stopped"]
    assert market.history() == ["new", "active", "triggered", "stopped"]
    standing = market.only().standing
    assert (standing.entered_on, standing.entered_price) == (day(2), 1000)
    assert (standing.left_on, standing.left_price) == (day(5), 950)
    assert standing.found_on == DAY
    assert standing.gain == pytest.approx(-0.05)


def test_bars_after_the_look_do_not_count(market: Market) -> None:
    market.trade(FOUND, QUIET, ENTRY, STOP)

    market.see(look(0, SETUP))
    market.see(look(1))

    assert market.only().course.life is Life.ACTIVE


def test_what_is_delivered_twice_or_late_changes_nothing(market: Market) -> None:
    market.trade(FOUND, ENTRY, STOP)
    seen = [market.scan(each) for each in (look(0, SETUP), look(1), look(2))]
    for each in seen:
        market.store.keep(each, now=NOW)
    before, history = market.only(), market.history()

    again = [market.store.keep(each, now=NOW).changes for each in reversed(seen)]

    assert again == [(), (), ()]
    assert (market.only(), market.history()) == (before, history)


def test_an_older_finding_that_comes_late_is_not_the_first_one(market: Market) -> None:
    market.trade(FOUND, ENTRY, STOP)

    market.see(look(1, view(SETUP, 1, price=1000.0)))
    market.see(look(0, SETUP))
    market.see(look(2))

    assert market.only().found_on == day(1)
    assert market.only().course.life is Life.STOPPED
    assert market.history() == ["new", "stopped"]


def test_many_keepers_at_once_tell_a_turn_once(market: Market) -> None:
    market.trade(FOUND, QUIET, ENTRY)
    seen = [market.scan(look(2)) for _ in range(4)] + [market.scan(look(1)) for _ in range(4)]
    market.see(look(0, SETUP))

    with ThreadPoolExecutor(4) as threads:
        kept = list(threads.map(lambda each: market.store.keep(each, now=NOW), seen))

    assert [change.kind for each in kept for change in each.changes] == ["triggered"]
    assert market.only().course.life is Life.TRIGGERED


def test_many_keepers_at_once_insert_a_signal_once(market: Market) -> None:
    seen = [market.scan(look(0, SETUP)) for _ in range(8)]

    with ThreadPoolExecutor(4) as threads:
        kept = list(threads.map(lambda each: market.store.keep(each, now=NOW), seen))

    assert [change.kind for each in kept for change in each.changes] == ["new"]


def test_what_a_running_session_showed_and_its_close_denies_is_withdrawn(market: Market) -> None:
    assert market.see(look(0, RUNNING, provisional=True)) == ["new"]
    assert market.see(look(0)) == ["withdrawn"]
    assert market.see(look(1, view(SETUP, 1))) == ["new"]


def test_a_look_at_a_running_session_that_comes_after_its_close_is_not_kept(
    market: Market,
) -> None:
    assert market.see(look(0)) == []

    assert market.see(look(0, RUNNING, provisional=True)) == []
    assert market.store.signals() == []
    assert market.see(look(1, view(RUNNING, 1), provisional=True)) == ["new"]


def test_a_split_is_seen_in_the_stored_bars(market: Market) -> None:
    market.trade(FOUND)
    market.see(look(0, SETUP))
    market.bars.forget(TICKER)
    market.trade((197, 198, 195, 196), (196, 198, 194, 197), (198, 201, 197, 200))  # a fifth

    assert market.see(look(2)) == ["triggered"]
    assert market.history() == ["new", "adjusted", "active", "triggered"]
    assert market.only().signal.entry == 200


def test_quiet_changes_are_in_the_history_and_never_announced(market: Market) -> None:
    market.trade(FOUND, QUIET)
    market.see(look(0, SETUP))
    market.see(look(1))

    assert market.history() == ["new", "active"]
    untold = market.store.unannounced(before=NOW + timedelta(days=1))
    assert [change.kind for change in untold] == ["new"]
    assert [change.kind for change in market.store.changes()] == ["new"]


def test_signals_are_found_by_what_has_become_of_them(market: Market) -> None:
    market.trade(FOUND, ENTRY)
    market.see(look(0, SETUP))
    market.see(look(1))

    assert market.store.signals(Filter(lives=[Life.NEW])) == []
    assert len(market.store.signals(Filter(lives=[Life.NEW, Life.TRIGGERED]))) == 1


def test_what_has_become_of_the_signals_of_a_scan_can_be_asked_for(market: Market) -> None:
    market.trade(FOUND, ENTRY)
    market.see(look(0, SETUP))
    market.see(look(1))
    unknown = a_signal(ticker="000660")

    standings = market.store.standings([SETUP, unknown])

    assert [(key.ticker, each.life) for key, each in standings.items()] == [
        (TICKER, Life.TRIGGERED)
    ]
    assert market.store.standings([]) == {}
