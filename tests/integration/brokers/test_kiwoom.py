"""The Kiwoom client against the mock server: what a call returns, how many requests it makes."""

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest

from app.brokers.kiwoom import Kiwoom
from app.domain import KOREA, Bar, Market
from tests.integration.brokers.kiwoom_rig import KiwoomRig
from tests.integration.brokers.rig import TODAY, Rig

FAR_BACK = date(2000, 1, 1)
CHART, INDEX_CHART, LIST = "ka10081", "ka20006", "ka10099"
STOCK, SEVERAL, TOKEN = "ka10001", "ka10095", "au10001"


def bars_of(kiwoom: Kiwoom, ticker: str, first: date, last: date = TODAY) -> list[Bar]:
    """Return all pages as one series, oldest first."""
    pages = list(kiwoom.fetch_bars(ticker, first, last))
    return [bar for page in reversed(pages) for bar in page]


def planted(rig: KiwoomRig, kind: str) -> str:
    """Return a ticker in which the mock has planted something."""
    plants = rig.http.get("/_planted").json()
    return next(str(plant["ticker"]) for plant in plants if plant["kind"] == kind)


def test_280_bars_cost_one_request(kiwoom_rig: KiwoomRig, kiwoom: Kiwoom) -> None:
    wanted = bars_of(kiwoom, "005930", FAR_BACK)[-280:]
    kiwoom_rig.mock.reset()

    (page,) = kiwoom.fetch_bars("005930", wanted[0].session, TODAY)

    assert page == wanted
    assert len(page) == 280
    assert kiwoom_rig.calls(CHART) == kiwoom_rig.calls() == 1


def test_a_longer_history_comes_in_pages_of_600(kiwoom_rig: KiwoomRig, kiwoom: Kiwoom) -> None:
    pages = list(kiwoom.fetch_bars("005930", FAR_BACK, TODAY))

    assert len(pages) > 1
    assert {len(page) for page in pages[:-1]} == {600}
    bars = [bar for page in reversed(pages) for bar in page]
    sessions = [bar.session for bar in bars]
    assert sessions == sorted(set(sessions))
    assert sessions[-1] == TODAY
    assert kiwoom_rig.calls(CHART) == len(pages)


def test_pages_that_came_can_be_kept_before_the_next_is_asked_for(
    kiwoom_rig: KiwoomRig, kiwoom: Kiwoom
) -> None:
    next(kiwoom.fetch_bars("005930", FAR_BACK, TODAY))

    assert kiwoom_rig.calls(CHART) == 1


def test_a_range_in_the_past_holds_no_later_bar(kiwoom_rig: KiwoomRig, kiwoom: Kiwoom) -> None:
    first, last = TODAY - timedelta(days=200), TODAY - timedelta(days=100)

    bars = bars_of(kiwoom, "005930", first, last)

    assert first <= bars[0].session <= bars[-1].session <= last
    assert bars == [bar for bar in bars_of(kiwoom, "005930", first) if bar.session <= last]
    assert kiwoom_rig.calls(CHART) == 2


def test_a_range_without_sessions_has_no_bars(kiwoom_rig: KiwoomRig, kiwoom: Kiwoom) -> None:
    sunday = date(2025, 2, 23)

    assert list(kiwoom.fetch_bars("005930", sunday, sunday)) == []
    assert list(kiwoom.fetch_bars("005930", TODAY, TODAY - timedelta(days=1))) == []
    assert kiwoom_rig.calls(CHART) == 1


def test_an_unknown_ticker_has_nothing(kiwoom: Kiwoom) -> None:
    assert list(kiwoom.fetch_bars("999990", FAR_BACK, TODAY)) == []
    assert kiwoom.fetch_quote("999990") is None
    assert kiwoom.fetch_order_book("999990") is None
    assert kiwoom.fetch_flows("999990") == []


def test_both_brokers_tell_the_same_bars(kiwoom: Kiwoom, rig: Rig) -> None:
    first = TODAY - timedelta(days=100)
    (theirs,) = rig.open().fetch_bars("005930", first, TODAY)

    ours = bars_of(kiwoom, "005930", first)

    assert [bar[:6] for bar in ours] == [bar[:6] for bar in theirs]
    values = [(bar.value, other.value) for bar, other in zip(ours, theirs, strict=True)]
    assert all(mine and their and abs(mine - their) <= 1e6 for mine, their in values)


def test_bars_are_adjusted_for_splits_after_the_range_as_well(
    kiwoom_rig: KiwoomRig, kiwoom: Kiwoom
) -> None:
    ticker = planted(kiwoom_rig, "split")

    bars = bars_of(kiwoom, ticker, FAR_BACK)
    older = bars_of(kiwoom, ticker, FAR_BACK, TODAY - timedelta(days=200))

    steps = [later.close / earlier.close for earlier, later in pairwise(bars)]
    assert max(abs(step - 1) for step in steps) <= 0.305
    assert older == [bar for bar in bars if bar.session <= older[-1].session]


def test_halted_sessions_are_kept_with_no_volume(kiwoom_rig: KiwoomRig, kiwoom: Kiwoom) -> None:
    bars = bars_of(kiwoom, planted(kiwoom_rig, "halted"), TODAY - timedelta(days=30))

    assert bars[-1].session == TODAY
    assert bars[-1].volume == 0


@pytest.mark.parametrize(("board", "level"), [(Market.KOSPI, 2500), (Market.KOSDAQ, 800)])
def test_index_bars_are_in_points(
    kiwoom_rig: KiwoomRig, kiwoom: Kiwoom, board: Market, level: float
) -> None:
    first = TODAY - timedelta(days=300)

    (page,) = kiwoom.fetch_index_bars(board, first, TODAY)
    now = kiwoom.fetch_index(board)

    assert page[-1].close == level
    assert all(bar.low <= bar.close <= bar.high for bar in page)
    assert kiwoom_rig.calls(INDEX_CHART) == 1
    assert now is not None
    assert (now.price, now.open, now.high, now.low) == (
        page[-1].close,
        page[-1].open,
        page[-1].high,
        page[-1].low,
    )
    assert now.base_price == pytest.approx(page[-2].close, abs=0.01)


def test_a_quote_is_the_running_bar_of_today(kiwoom: Kiwoom) -> None:
    bar = bars_of(kiwoom, "005930", TODAY)[-1]

    quote = kiwoom.fetch_quote("005930")

    assert quote is not None
    assert (quote.open, quote.high, quote.low, quote.price) == bar[1:5]
    assert quote.volume == bar.volume
    assert quote.base_price > 0
    assert quote.at.utcoffset() == timedelta(0)


def test_batched_quotes_take_a_hundred_tickers_with_one_request(
    kiwoom_rig: KiwoomRig, kiwoom: Kiwoom
) -> None:
    tickers = [each.ticker for each in kiwoom.fetch_listings() if not each.excluded]
    bar = bars_of(kiwoom, tickers[0], TODAY)[-1]
    kiwoom_rig.mock.reset()
    unknown = [f"99{number:03}0" for number in range(100 - len(tickers))]

    quotes = kiwoom.fetch_quotes([*tickers, *unknown])

    assert [quote.ticker for quote in quotes] == tickers
    assert kiwoom_rig.calls(SEVERAL) == kiwoom_rig.calls() == 1
    first = quotes[0]
    assert (first.open, first.high, first.low, first.price) == bar[1:5]
    assert (first.volume, first.value) == bar[5:7]
    assert first.name
    with pytest.raises(ValueError, match="101 tickers for one call: it takes 1 to 100"):
        kiwoom.fetch_quotes(["005930"] * 101)
    assert kiwoom_rig.calls() == 1


def test_flows_are_of_final_sessions_in_won_oldest_first(kiwoom_rig: KiwoomRig) -> None:
    def at(hour: int, minute: int) -> float:
        return datetime(2025, 2, 28, hour, minute, tzinfo=KOREA).timestamp()

    afternoon = kiwoom_rig.open(clock=lambda: at(17, 59)).fetch_flows("005930")
    evening = kiwoom_rig.open(clock=lambda: at(18, 0)).fetch_flows("005930")

    assert evening[:-1] == afternoon[-len(evening) + 1 :]
    assert evening[-1].session == TODAY
    assert [flow.session for flow in evening] == sorted({flow.session for flow in evening})
    assert len(evening) >= 90
    assert max(abs(flow.foreign) for flow in evening) >= 1e6


def test_an_order_book_has_its_best_levels_first(kiwoom: Kiwoom) -> None:
    book = kiwoom.fetch_order_book("005930")

    assert book is not None
    assert len(book.asks) == len(book.bids) == 10
    asks, bids = [level.price for level in book.asks], [level.price for level in book.bids]
    assert asks == sorted(asks)
    assert bids == sorted(bids, reverse=True)
    assert bids[0] < asks[0]


def test_the_listings_cover_both_markets_and_say_what_is_not_scanned(
    kiwoom_rig: KiwoomRig, kiwoom: Kiwoom, rig: Rig
) -> None:
    found = kiwoom.fetch_listings()
    listings = {listing.ticker: listing for listing in found}

    assert kiwoom_rig.calls(LIST) == 2
    assert len(listings) == len(found)
    theirs = {each.ticker: each for each in rig.open().fetch_listings()}
    told = ("ticker", "name", "market", "excluded")
    assert {t: [getattr(each, name) for name in told] for t, each in listings.items()} == {
        t: [getattr(each, name) for name in told] for t, each in theirs.items()
    }
    assert {"ETF", "preferred share", "administrative issue", None} <= {
        each.excluded for each in found
    }
    assert listings[planted(kiwoom_rig, "halted")].excluded is None


def test_work_counts_its_requests_and_those_of_the_token(
    kiwoom_rig: KiwoomRig, kiwoom: Kiwoom
) -> None:
    with kiwoom.work(priority=0) as tally:
        kiwoom.fetch_quote("005930")

    assert tally.calls == kiwoom_rig.calls() == 2
    assert (kiwoom_rig.calls(TOKEN), kiwoom_rig.calls(STOCK)) == (1, 1)
    assert tally.refused == 0


def test_each_call_has_a_limit_of_its_own_beside_the_accounts(
    kiwoom_rig: KiwoomRig, kiwoom: Kiwoom
) -> None:
    kiwoom.fetch_quote("005930")

    account, call = (
        kiwoom_rig.limiter.state(name) for name in ("kiwoom:main", "kiwoom:main:ka10001")
    )
    assert account.quota is not None
    assert call.quota is not None
    assert (account.quota.calls, call.quota.calls) == (50, 5)
    assert 0 < call.grants < account.grants


def test_where_the_accounts_limit_keeps_the_calls_there_is_one_limit(
    kiwoom_rig: KiwoomRig,
) -> None:
    before = kiwoom_rig.limiter.state("kiwoom:main:ka10001").grants

    kiwoom_rig.open(rate_limit_rps=5).fetch_quote("005930")

    assert kiwoom_rig.limiter.state("kiwoom:main:ka10001").grants == before
