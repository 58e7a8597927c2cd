"""The KIS client against the mock server: what a call returns, and how many requests it makes."""

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest

from app.brokers.errors import BrokerRefused
from app.brokers.kis import Kis
from app.domain import KOREA, Bar, Market
from tests.integration.brokers.rig import TODAY, Rig

FAR_BACK = date(2000, 1, 1)
CHART, PRICE, PRICES = "inquire-daily-itemchartprice", "inquire-price", "intstock-multprice"
INDEX_CHART = "inquire-daily-indexchartprice"


def bars_of(kis: Kis, ticker: str, first: date, last: date = TODAY) -> list[Bar]:
    """Return all pages as one series, oldest first."""
    return [bar for page in reversed(list(kis.fetch_bars(ticker, first, last))) for bar in page]


def planted(rig: Rig, kind: str) -> str:
    """Return a ticker in which the mock has planted something."""
    plants = rig.http.get("/_planted").json()
    return next(str(plant["ticker"]) for plant in plants if plant["kind"] == kind)


def test_280_bars_cost_three_requests(rig: Rig, kis: Kis) -> None:
    wanted = bars_of(kis, "005930", FAR_BACK)[-280:]
    rig.mock.reset()

    pages = list(kis.fetch_bars("005930", wanted[0].session, TODAY))

    assert [len(page) for page in pages] == [100, 100, 80]
    assert [bar for page in reversed(pages) for bar in page] == wanted
    assert rig.calls(CHART) == rig.calls() == 3


def test_no_page_is_asked_for_beyond_the_range(rig: Rig, kis: Kis) -> None:
    hundredth = bars_of(kis, "005930", FAR_BACK)[-100].session
    rig.mock.reset()

    (page,) = kis.fetch_bars("005930", hundredth, TODAY)

    assert (page[0].session, page[-1].session) == (hundredth, TODAY)
    assert rig.calls() == 1


def test_pages_that_came_can_be_kept_before_the_next_is_asked_for(rig: Rig, kis: Kis) -> None:
    next(kis.fetch_bars("005930", FAR_BACK, TODAY))

    assert rig.calls(CHART) == 1


def test_a_range_without_sessions_has_no_bars(rig: Rig, kis: Kis) -> None:
    sunday = date(2025, 2, 23)

    assert list(kis.fetch_bars("005930", sunday, sunday)) == []
    assert list(kis.fetch_bars("005930", TODAY, TODAY - timedelta(days=1))) == []
    assert rig.calls(CHART) == 1


@pytest.mark.parametrize(("board", "level"), [(Market.KOSPI, 2500), (Market.KOSDAQ, 800)])
def test_120_bars_of_an_index_cost_three_requests(
    rig: Rig, kis: Kis, board: Market, level: float
) -> None:
    sessions = [bar.session for bar in bars_of(kis, "005930", FAR_BACK)[-120:]]
    rig.mock.reset()

    pages = list(kis.fetch_index_bars(board, sessions[0], TODAY))

    bars = [bar for page in reversed(pages) for bar in page]
    assert [len(page) for page in pages] == [50, 50, 20]
    assert [bar.session for bar in bars] == sessions
    assert bars[-1].close == level  # in points, not in hundredths
    assert all(bar.low <= bar.close <= bar.high for bar in bars)
    assert rig.calls(INDEX_CHART) == rig.calls() == 3


def test_an_unknown_ticker_has_nothing(kis: Kis) -> None:
    assert list(kis.fetch_bars("999990", FAR_BACK, TODAY)) == []
    assert kis.fetch_quote("999990") is None
    assert kis.fetch_order_book("999990") is None


def test_bars_are_adjusted_for_splits(rig: Rig, kis: Kis) -> None:
    bars = bars_of(kis, planted(rig, "split"), TODAY - timedelta(days=120))

    steps = [later.close / earlier.close for earlier, later in pairwise(bars)]
    assert len(bars) > 50
    assert max(abs(step - 1) for step in steps) <= 0.305


def test_halted_sessions_are_kept_with_no_volume(rig: Rig, kis: Kis) -> None:
    ticker = planted(rig, "halted")

    bars = bars_of(kis, ticker, TODAY - timedelta(days=30))
    quote = kis.fetch_quote(ticker)

    assert bars[-1].session == TODAY
    assert bars[-1].volume == 0
    assert quote is not None
    assert quote.halted


def test_a_quote_is_the_running_bar_of_today(kis: Kis) -> None:
    bar = bars_of(kis, "005930", TODAY)[-1]

    quote = kis.fetch_quote("005930")

    assert quote is not None
    assert (quote.open, quote.high, quote.low, quote.price) == bar[1:5]
    assert (quote.volume, quote.value) == bar[5:7]
    assert quote.base_price > 0
    assert not quote.halted
    assert quote.at.utcoffset() == timedelta(0)


def test_batched_quotes_take_thirty_tickers_with_one_request(rig: Rig) -> None:
    kis = rig.open(kis_env="live")
    tickers = [each.ticker for each in kis.fetch_listings() if not each.excluded][:29]
    single = kis.fetch_quote(tickers[0])
    rig.mock.reset()

    quotes = kis.fetch_quotes([*tickers, "999990"])

    assert [quote.ticker for quote in quotes] == tickers
    assert rig.calls(PRICES) == rig.calls() == 1
    assert single is not None
    assert (quotes[0].price, quotes[0].volume) == (single.price, single.volume)
    assert quotes[0].name
    with pytest.raises(ValueError, match="31 tickers for one call: it takes 1 to 30"):
        kis.fetch_quotes(["005930"] * 31)


def test_a_paper_account_refuses_batched_quotes_without_a_request(rig: Rig, kis: Kis) -> None:
    with pytest.raises(BrokerRefused, match="no batched quotes to a paper account"):
        kis.fetch_quotes(["005930"])

    assert rig.calls() == 0


def test_flows_are_of_final_sessions_in_won_oldest_first(rig: Rig) -> None:
    def at(hour: int, minute: int) -> float:
        return datetime(2025, 2, 28, hour, minute, tzinfo=KOREA).timestamp()

    afternoon = rig.open(clock=lambda: at(17, 59)).fetch_flows("005930")
    evening = rig.open(clock=lambda: at(18, 0)).fetch_flows("005930")

    assert evening[:-1] == afternoon
    assert evening[-1].session == TODAY
    assert [flow.session for flow in evening] == sorted({flow.session for flow in evening})
    assert len(evening) >= 20
    assert max(abs(flow.foreign) for flow in evening) >= 1e6


def test_an_order_book_has_its_best_levels_first(kis: Kis) -> None:
    book = kis.fetch_order_book("005930")

    assert book is not None
    assert len(book.asks) == len(book.bids) == 10
    asks, bids = [level.price for level in book.asks], [level.price for level in book.bids]
    assert asks == sorted(asks)
    assert bids == sorted(bids, reverse=True)
    assert bids[0] < asks[0]


def test_the_listings_cover_both_markets_and_say_what_is_not_scanned(rig: Rig, kis: Kis) -> None:
    listings = {listing.ticker: listing for listing in kis.fetch_listings()}

    assert rig.calls() == 2
    assert rig.calls(".mst.zip") == 2
    assert listings["005930"].name == "삼성전자"
    assert listings["005930"].market is Market.KOSPI
    assert listings["005930"].excluded is None
    assert listings["247540"].market is Market.KOSDAQ
    excluded = {listing.excluded for listing in listings.values()}
    assert {"ETF", "preferred share"} <= excluded
    halted = listings[planted(rig, "halted")]
    assert halted.excluded is None


def test_work_counts_its_requests_and_those_of_the_token(rig: Rig, kis: Kis) -> None:
    with kis.work(priority=0) as tally:
        kis.fetch_quote("005930")

    assert tally.calls == rig.calls() == 2
    assert tally.refused == 0
