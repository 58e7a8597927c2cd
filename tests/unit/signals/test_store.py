"""Outcomes and signals are kept exactly once, and told once a change."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from app.domain import Grade, Life, Outcome, Result, Scan, Signal, Status, Terms
from app.signals.filters import Filter
from app.signals.scans import Plan, ScanState, ScanStore
from app.signals.store import SignalStore

NOW = datetime(2025, 2, 28, 9, 0, tzinfo=UTC)
DAY = date(2025, 2, 28)

SCAN = Scan(
    id="s1",
    name="manual",
    as_of=DAY,
    strategies=("vcp",),
    priority=0,
    deadline=NOW + timedelta(minutes=5),
    created_at=NOW,
)


def a_signal(**changes: Any) -> Signal:
    return Signal(
        scan_id="s1",
        strategy="vcp",
        ticker="005930",
        pattern=date(2025, 2, 20),
        as_of=NOW,
        last_bar=DAY,
        bars_used=280,
        state="SETUP",
        score=91.65,
        grade=Grade.S,
        price=18_800,
        terms=Terms(waits=20, holds=60),
    ).model_copy(update=changes)


def an_outcome(ticker: str = "005930", *signals: Signal, **changes: Any) -> Outcome:
    results = {"vcp": Result(status=Status.OK, state="SETUP")}
    found = Outcome(
        scan_id="s1",
        ticker=ticker,
        status=Status.OK,
        last_bar=max((each.last_bar for each in signals), default=DAY),
        provisional=any(each.provisional for each in signals),
        results=results,
        signals=list(signals),
    )
    return found.model_copy(update=changes)


@pytest.fixture
def scans(engine: Engine) -> ScanStore:
    store = ScanStore(engine)
    store.record(Plan(SCAN, ["005930", "000660"], planned_calls=6), now=NOW)
    return store


@pytest.fixture
def store(engine: Engine, scans: ScanStore) -> SignalStore:
    return SignalStore(engine)


def test_an_outcome_delivered_twice_is_counted_once(store: SignalStore, scans: ScanStore) -> None:
    first = store.keep(an_outcome("005930", a_signal()), now=NOW)
    second = store.keep(an_outcome("005930", a_signal()), now=NOW)

    progress = scans.progress("s1")
    assert (first.new, second.new) == (True, False)
    assert [change.kind for change in first.changes] == ["new"]
    assert second.changes == ()
    assert progress is not None
    assert (progress.done, progress.total, progress.signals) == (1, 2, 1)


def test_the_last_outcome_closes_the_scan(store: SignalStore, scans: ScanStore) -> None:
    assert not store.keep(an_outcome("005930"), now=NOW).closed
    assert store.keep(an_outcome("000660"), now=NOW).closed

    progress = scans.progress("s1")
    assert progress is not None
    assert progress.state is ScanState.DONE


def test_many_writers_at_once_count_each_ticker_once(engine: Engine, store: SignalStore) -> None:
    tickers = [f"{number:06d}" for number in range(40)]
    ScanStore(engine).record(Plan(replace(SCAN, id="many"), tickers, 0), now=NOW)
    outcomes = [an_outcome(ticker, scan_id="many") for ticker in tickers * 2]

    with ThreadPoolExecutor(4) as threads:
        kept = list(threads.map(lambda each: store.keep(each, now=NOW), outcomes))

    assert sum(each.new for each in kept) == 40
    assert sum(each.closed for each in kept) == 1


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        ({"score": 90.0}, []),
        ({"state": "TRIGGERED", "last_bar": DAY + timedelta(days=3)}, ["changed"]),
        ({"state": "TRIGGERED", "last_bar": DAY - timedelta(days=3)}, []),
        ({"grade": Grade.A}, ["changed"]),
        ({"grade": Grade.A, "provisional": True}, []),
    ],
    ids=["score alone", "a later bar", "an older bar", "same bar", "not yet final"],
)
def test_a_signal_is_told_again_only_when_it_changed_for_the_newer(
    store: SignalStore, changes: dict[str, Any], kinds: list[str]
) -> None:
    store.keep(an_outcome("005930", a_signal()), now=NOW)

    kept = store.keep(an_outcome("005930", a_signal(**changes)), now=NOW)

    assert [change.kind for change in kept.changes] == kinds


def test_another_pattern_of_the_same_ticker_is_another_signal(store: SignalStore) -> None:
    later = a_signal(pattern=DAY)

    kept = store.keep(an_outcome("005930", a_signal(), later), now=NOW)

    assert [change.kind for change in kept.changes] == ["new", "new"]
    assert len(store.signals()) == 2


def test_what_was_kept_in_silence_is_told_later(store: SignalStore) -> None:
    kept = store.keep(an_outcome("005930", a_signal()), now=NOW)
    later = NOW + timedelta(minutes=1)

    assert store.unannounced(before=NOW) == []
    untold = store.unannounced(before=later)
    assert [change.id for change in untold] == [change.id for change in kept.changes]
    assert untold[0].signal == a_signal()

    store.mark_announced(untold, now=later)
    assert store.unannounced(before=later) == []


def test_an_outcome_that_comes_after_the_deadline_says_more_than_not_reached(
    store: SignalStore, scans: ScanStore
) -> None:
    assert scans.give_up("s1", Status.NOT_REACHED, "too late", now=NOW) == 2

    store.keep(an_outcome("005930"), now=NOW)

    by_ticker = {each.ticker: each.status for each in scans.outcomes("s1")}
    assert by_ticker == {"005930": Status.OK, "000660": Status.NOT_REACHED}


def test_a_naive_time_is_refused(store: SignalStore) -> None:
    with pytest.raises(Exception, match="time zone"):
        store.keep(an_outcome(), now=NOW.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Filter(strategies=["vcp"]), 1),
        (Filter(strategies=["other"]), 0),
        (Filter(grades=["S"]), 1),
        (Filter(grades=["A"]), 0),
        (Filter(tickers=["005930"]), 1),
        (Filter(tickers=["000660"]), 0),
        (Filter(states=["SETUP"]), 1),
        (Filter(states=["TRIGGERED"]), 0),
        (Filter(lives=[Life.NEW, Life.ACTIVE]), 1),
        (Filter(lives=[Life.EXPIRED]), 0),
        (Filter(since=DAY, until=DAY), 1),
        (Filter(since=DAY + timedelta(days=1)), 0),
        (Filter(until=DAY - timedelta(days=1)), 0),
    ],
)
def test_signals_can_be_filtered(store: SignalStore, wanted: Filter, found: int) -> None:
    store.keep(an_outcome("005930", a_signal()), now=NOW)

    kept = store.signals(wanted)

    assert len(kept) == found
    assert wanted.admits(a_signal(), Life.NEW) == bool(found)
    assert len(store.history(wanted, limit=10)) == found


def test_a_change_is_found_after_the_last_one_seen(store: SignalStore) -> None:
    seen: Callable[[], int] = store.last_change
    before = seen()
    store.keep(an_outcome("005930", a_signal()), now=NOW)

    assert [change.signal.ticker for change in store.changes(after=before)] == ["005930"]
    assert store.changes(after=seen()) == []
