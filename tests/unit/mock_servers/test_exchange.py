"""The made-up market: lawful bars, planted patterns that a chart reader finds."""

from datetime import date, timedelta
from functools import cache

import numpy as np
import pytest

from tests.mock_servers.exchange import ticks
from tests.mock_servers.exchange.bars import Bars
from tests.mock_servers.exchange.flows import flows
from tests.mock_servers.exchange.issue import Issue
from tests.mock_servers.exchange.market import Exchange
from tests.mock_servers.exchange.quote import order_book
from tests.mock_servers.exchange.seeded import LEAST_SESSIONS, seeded_issues
from tests.mock_servers.exchange.sessions import is_session, last_sessions
from tests.unit.mock_servers.chart_reader import breakout_is_actionable, read_vcp

TODAY = date(2025, 2, 28)


@cache
def market(seed: int = 1, tickers: int = 40, today: date = TODAY) -> list[Issue]:
    return seeded_issues(tickers, seed, today, LEAST_SESSIONS)


def planted(kind: str, issues: list[Issue]) -> list[Issue]:
    return [issue for issue in issues if issue.planted and issue.planted.kind == kind]


def worked_example() -> Bars:
    """Return a base with three pull-backs whose reading was worked out by hand."""
    knots = (0, 219, 234, 248, 258, 268, 274, 279)
    levels = (8000, 20000, 15600, 19400, 17100, 19000, 18050, 18800)
    at = np.arange(280)
    close = np.rint(np.interp(at, knots, levels))
    opened = np.append(close[:1], close[:-1])
    high = np.rint(1.005 * np.maximum(opened, close))
    low = np.rint(0.995 * np.minimum(opened, close))
    volume = np.where(at <= 219, 1_000_000, np.rint(1_000_000 - 650_000 * (at - 219) / 60))
    volume[-5:] = 300_000
    columns = (column.astype(np.int64) for column in (opened, high, low, close, volume, volume))
    return Bars([f"{day:08}" for day in range(280)], *columns)


def test_the_chart_reader_reads_the_worked_example() -> None:
    reading = read_vcp(worked_example())

    assert (reading.state, reading.pivot, reading.session) == ("SETUP", 19_095, "00000268")
    assert reading.detected


def test_the_same_seed_and_day_give_the_same_bars_however_many_tickers() -> None:
    few, many = market(), market(tickers=60)

    for one, other in zip(few[:40], many[:40], strict=True):
        assert one.listing == other.listing
        assert one.bars.sessions == other.bars.sessions
        np.testing.assert_array_equal(one.bars.close, other.bars.close)
        np.testing.assert_array_equal(one.bars.volume, other.bars.volume)
    assert not np.array_equal(few[9].bars.close, market(seed=2)[9].bars.close)


def test_the_well_known_codes_stand_first_and_funds_beside_the_shares() -> None:
    listed = [issue.listing for issue in market()]

    first = [listing.ticker for listing in listed[:5]]
    assert first == ["005930", "000660", "035420", "051910", "006400"]
    assert sum(one.group == "ST" and not one.preferred for one in listed[:40]) == 40
    beside = listed[40:]
    assert {"EF", "EN", "ST"} == {listing.group for listing in beside}
    assert any(listing.preferred for listing in beside)
    assert any(listing.under_administration for listing in beside)


def test_the_standard_codes_are_the_real_ones() -> None:
    codes = {issue.listing.ticker: issue.listing.isin for issue in market()}

    assert (codes["005930"], codes["000660"]) == ("KR7005930003", "KR7000660001")


def test_every_bar_keeps_ticks_limits_and_the_order_of_its_prices() -> None:
    for issue in market(tickers=60):
        bars = issue.raw
        traded = bars.volume > 0
        prices = np.array([bars.open, bars.high, bars.low, bars.close])[:, traded]
        assert all(ticks.is_on_tick(int(price)) for price in prices.flat)
        assert (prices[1] == prices.max(axis=0)).all()
        assert (prices[2] == prices.min(axis=0)).all()
        if issue.planted and issue.planted.kind == "split":
            continue  # its first price after the split is far from the close before
        for before, high, low in zip(prices[3], prices[1][1:], prices[2][1:], strict=False):
            assert ticks.lower_limit(int(before)) <= low
            assert high <= ticks.upper_limit(int(before))


def test_bars_stand_on_sessions_and_end_on_the_last_one() -> None:
    sunday = date(2025, 3, 2)  # the Monday after it was a holiday in place of 1 March
    sessions = last_sessions(LEAST_SESSIONS, sunday + timedelta(days=1))

    assert sessions[-1] == date(2025, 2, 28)
    assert not is_session(date(2025, 3, 3))
    assert market()[0].bars.sessions == [f"{day:%Y%m%d}" for day in sessions]


@pytest.mark.parametrize(
    ("kind", "count"),
    [
        ("vcp_setup", 2),
        ("vcp_triggered", 1),
        ("volatility_breakout", 2),
        ("halted", 1),
        ("split", 1),
        ("closing_bet", 1),
        ("smart_money", 1),
    ],
)
def test_the_first_ten_tickers_hold_every_kind(kind: str, count: int) -> None:
    assert len(planted(kind, market()[:10])) == count


@pytest.mark.parametrize("seed", range(25))
def test_planted_patterns_are_found_with_their_pivots_whatever_the_seed(seed: int) -> None:
    issues = market(seed, 14, date(2026, 1, 5) + timedelta(days=11 * seed))

    for state in ("setup", "triggered"):
        for issue in planted(f"vcp_{state}", issues):
            plant, reading = issue.planted, read_vcp(issue.bars)
            assert plant is not None
            assert reading.detected, (plant, reading)
            assert reading.state == state.upper()
            assert (reading.pivot, reading.session) == (plant.pivot, plant.pivot_session)
    for issue in planted("volatility_breakout", issues):
        assert breakout_is_actionable(issue.bars), issue.planted


def test_a_halted_ticker_has_rows_without_trades_at_its_last_close() -> None:
    (issue,) = planted("halted", market())
    bars = issue.bars

    for column in (bars.open, bars.high, bars.low, bars.volume, bars.value):
        assert not column[-3:].any()
    assert set(bars.close[-3:]) == {bars.close[-4]}
    assert Exchange(market(), TODAY, 1).quote(issue).halted


def test_a_split_shows_in_raw_bars_only() -> None:
    (issue,) = planted("split", market())
    steps = issue.raw.close[1:] / issue.raw.close[:-1]
    at = int(steps.argmin()) + 1

    assert steps[at - 1] == pytest.approx(0.2, abs=0.02)
    assert abs(issue.bars.close[1:] / issue.bars.close[:-1] - 1).max() < 0.305
    np.testing.assert_allclose(issue.bars.close[:at] * 5, issue.raw.close[:at], atol=3)
    np.testing.assert_array_equal(issue.bars.volume[:at], issue.raw.volume[:at] * 5)


def test_investors_together_buy_what_they_sell_and_never_more_than_was_traded() -> None:
    issue = market()[0]
    sides = flows(issue, seed=1)

    np.testing.assert_array_equal(sum(side.bought for side in sides), issue.bars.volume)
    np.testing.assert_array_equal(sum(side.sold for side in sides), issue.bars.volume)
    assert all((side.bought >= 0).all() and (side.sold >= 0).all() for side in sides)


def test_an_order_book_climbs_tick_by_tick_from_the_last_price() -> None:
    issue = market()[0]
    quote = Exchange(market(), TODAY, 1).quote(issue)
    asks, bids = order_book(issue, quote)

    assert bids[0].price == quote.price
    assert asks[0].price == quote.price + quote.tick
    assert [level.price for level in asks] == sorted({level.price for level in asks})
    assert [level.price for level in bids] == sorted({level.price for level in bids}, reverse=True)
    assert all(ticks.is_on_tick(level.price) for level in [*asks, *bids])


def test_weeks_and_months_are_made_of_their_sessions() -> None:
    bars = market()[0].bars
    month = bars.by("M")
    february = bars.span("20250201", "20250228")

    assert month.sessions[-1] == "20250228"
    assert month.open[-1] == bars.open[february[0]]
    assert month.high[-1] == bars.high[february].max()
    assert month.low[-1] == bars.low[february].min()
    assert month.volume[-1] == bars.volume[february].sum()
    assert bars.by("D") is bars


@pytest.mark.parametrize(
    ("base", "lower", "upper"),
    [(10_000, 7_000, 13_000), (71_300, 49_950, 92_600), (1_285, 900, 1_670)],
)
def test_daily_limits_are_thirty_percent_on_ticks(base: int, lower: int, upper: int) -> None:
    assert (ticks.lower_limit(base), ticks.upper_limit(base)) == (lower, upper)


def test_indices_end_at_their_level() -> None:
    indices = Exchange(market(), TODAY, 1).indices

    assert indices["KOSPI"].close[-1] == 250_000
    assert (indices["KOSDAQ"].low <= indices["KOSDAQ"].high).all()


def test_a_whole_market_can_be_made() -> None:
    issues = seeded_issues(2_600, 1, TODAY, 600)

    assert len({issue.listing.ticker for issue in issues}) == len(issues) > 2_600
    assert {len(issue.bars) for issue in issues} == {600}
