from collections.abc import Mapping
from datetime import date, datetime

import numpy as np
import pytest

from app.domain import KOREA, Bar, InvestorFlow, Life, Status, Ticker
from app.replay.ticker import Finding, Job, Stores, Track, replay
from tests.unit.replay.market import (
    FIRST,
    LAST,
    MARKET,
    NEWEST,
    PATTERN,
    SESSIONS,
    bars_on,
    listing_of,
    plan_of,
    store,
)

every_ticker = pytest.mark.parametrize("ticker", MARKET)


def track_of(
    ticker: Ticker,
    stores: Stores,
    first: date = FIRST,
    last: date = LAST,
    strength: Mapping[date, float] | None = None,
) -> Track:
    return replay(Job(listing_of(ticker), strength or {}), plan_of(first, last), stores)


def of(track: Track, strategy: str) -> list[Finding]:
    return [each for each in track.findings if each.signal.strategy == strategy]


def test_a_pattern_is_found_once_on_its_first_session_and_followed_to_its_end(
    stores: Stores,
) -> None:
    patterns = of(track_of(PATTERN, stores), "vcp")
    [found] = [each for each in patterns if each.signal.entry == 19_110]

    assert found.signal.grade == "S"
    assert found.course.life is Life.TARGET_HIT
    assert found.course.entered is not None
    assert found.course.entered.session > found.signal.last_bar
    assert found.course.entered.price == 19_110


def test_returns_are_of_the_close_on_the_session_it_was_found_on(stores: Stores) -> None:
    closes = {bar.session: bar.close for bar in bars_on(MARKET[PATTERN])}
    for found in of(track_of(PATTERN, stores), "vcp"):
        at = SESSIONS.index(found.signal.last_bar)
        assert found.signal.price == closes[SESSIONS[at]]
        for sessions, made in zip((1, 5), found.returns, strict=False):
            assert made == pytest.approx(closes[SESSIONS[at + sessions]] / closes[SESSIONS[at]] - 1)


@every_ticker
def test_later_bars_change_nothing_that_was_found_before_them(
    empty_stores: Stores, ticker: Ticker
) -> None:
    rows = bars_on(MARKET[ticker])
    known = [row for row in rows if row.session <= LAST]
    store(empty_stores.bars, ticker, known)
    before = track_of(ticker, empty_stores)
    crash = [Bar(s, 10, 10, 1, 1, 1) for s in SESSIONS if s > LAST]
    empty_stores.bars.forget(ticker)
    store(empty_stores.bars, ticker, [*known, *crash])
    after = track_of(ticker, empty_stores)

    assert [each.signal for each in after.findings] == [each.signal for each in before.findings]
    assert after.statuses == before.statuses


@every_ticker
def test_a_longer_replay_finds_the_same_in_its_first_half(stores: Stores, ticker: Ticker) -> None:
    middle = SESSIONS[-25]
    whole, half = track_of(ticker, stores), track_of(ticker, stores, last=middle)

    early = [each.signal for each in whole.findings if each.signal.last_bar <= middle]
    assert early == [each.signal for each in half.findings]


@every_ticker
def test_every_session_counts_once_a_strategy(stores: Stores, ticker: Ticker) -> None:
    track = track_of(ticker, stores)

    assert track.sessions == 36
    assert all(counts.total() == 36 for counts in track.statuses.values())


def test_a_base_line_holds_the_sessions_that_its_strategy_scored(empty_stores: Stores) -> None:
    halted = SESSIONS[-20]
    rows = [
        bar._replace(open=0, high=0, low=0, volume=0, value=0) if bar.session == halted else bar
        for bar in bars_on(MARKET[PATTERN])
    ]
    store(empty_stores.bars, PATTERN, rows)
    values = {bar.session: bar.value or 0.0 for bar in rows}
    flows = [InvestorFlow(s, 0.2 * values[s], 0.0, 0.0) for s in SESSIONS[-15:]]
    empty_stores.flows.save(PATTERN, flows, final=NEWEST, now=datetime(2025, 3, 1, tzinfo=KOREA))

    track = track_of(PATTERN, empty_stores)

    assert track.statuses["vcp"][Status.HALTED] == 1
    assert track.base["vcp"].shape == (35, 3)
    assert not np.isnan(track.base["vcp"][:, 0]).any()
    with_flows = track.statuses["smart_money"][Status.OK]
    assert 0 < with_flows < 15
    np.testing.assert_array_equal(track.base["smart_money"], track.base["vcp"][-with_flows:])


def test_a_ticker_without_bars_of_the_time_is_stale_every_day(empty_stores: Stores) -> None:
    track = track_of(PATTERN, empty_stores)

    assert track.statuses["vcp"] == {Status.STALE: 36}
    assert (track.findings, len(track.base["vcp"])) == ((), 0)


def test_flows_are_read_as_they_were_stored_and_of_no_later_session(stores: Stores) -> None:
    values = {bar.session: bar.value or 0.0 for bar in bars_on(MARKET[PATTERN])}
    bought = SESSIONS[-30:]
    flows = [InvestorFlow(s, 0.2 * values[s], 0.1 * values[s], -0.3 * values[s]) for s in bought]
    stores.flows.save(PATTERN, flows, final=NEWEST, now=datetime(2025, 3, 1, tzinfo=KOREA))

    track = track_of(PATTERN, stores)

    first = of(track, "smart_money")[0].signal
    assert first.last_bar == bought[4]  # five sessions are needed
    assert first.facts["foreign"] is not None
    assert track.statuses["smart_money"][Status.OK] == 36 - SESSIONS[-45:].index(bought[4])


def test_strength_is_that_of_its_session(stores: Stores) -> None:
    strong = dict.fromkeys(SESSIONS[-45:], 90.0)

    [found, *_] = of(track_of(PATTERN, stores, strength=strong), "vcp")

    assert found.signal.facts["strength"] == 90.0


def test_a_signal_is_as_of_its_session_and_final(stores: Stores) -> None:
    for found in track_of(PATTERN, stores).findings:
        assert found.signal.as_of.date() == found.signal.last_bar
        assert not found.signal.provisional
