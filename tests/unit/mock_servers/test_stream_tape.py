"""The tape: repeatable, near the last bars, and of one mind with the REST mocks."""

from dataclasses import replace

import pytest

from tests.mock_servers.exchange import ticks
from tests.mock_servers.exchange.market import Exchange
from tests.mock_servers.stream.tape import Course, Tape, Trade
from tests.unit.mock_servers.conftest import exchange

HALTED = "005380"


def course(ticker: str = "005930", market: Exchange | None = None) -> Course:
    found = Tape(market or exchange()).course(ticker)
    assert found is not None
    return found


def many(of: Course, count: int = 300) -> list[Trade]:
    return [trade for tick in range(1, count + 1) for trade in of.trades(tick)]


def test_a_tick_tells_the_same_however_it_is_reached() -> None:
    walked, jumped = course(), course()
    step_by_step = [walked.trades(tick) for tick in range(1, 101)]

    assert jumped.trades(100) == step_by_step[-1]
    assert jumped.trades(40) == step_by_step[39]
    assert walked.trades(100) == step_by_step[-1]


@pytest.mark.parametrize("other", ["seed", "today"])
def test_another_seed_or_day_tells_something_else(other: str) -> None:
    first = exchange()
    issues = list(first)
    if other == "seed":
        second = Exchange(issues, first.today, first.seed + 1)
    else:
        second = Exchange(issues, first.today.replace(day=27), first.seed)

    assert [trade.size for trade in many(course())] != [
        trade.size for trade in many(course(market=second))
    ]


def test_prices_stay_on_ticks_and_within_one_percent_of_the_last_close() -> None:
    for issue in exchange():
        close = int(issue.bars.close[-1])
        for trade in many(course(issue.listing.ticker), 50):
            price = trade.quote.price
            assert ticks.is_on_tick(price)
            assert abs(price - close) <= max(0.01 * close, 2 * ticks.tick(1.01 * close))


def test_the_session_goes_on_from_its_last_bar() -> None:
    issue = exchange().issue("005930")
    assert issue is not None
    quote = exchange().quote(issue)
    trades = many(course())

    sold = sum(-trade.size for trade in trades if trade.size < 0)
    bought = sum(trade.size for trade in trades if trade.size > 0)
    last = trades[-1]
    assert (last.bought, last.sold) == (bought, sold)
    assert last.quote.volume == quote.volume + bought + sold
    assert last.quote.value == quote.value + sum(
        abs(trade.size) * trade.quote.price for trade in trades
    )
    assert last.quote.high == max(quote.high, *(trade.quote.price for trade in trades))
    assert last.quote.low == min(quote.low, *(trade.quote.price for trade in trades))
    assert last.quote.base == quote.base


def test_prices_do_move_and_some_ticks_have_two_trades() -> None:
    trades = many(course())

    assert len({trade.quote.price for trade in trades}) > 5
    assert 330 < len(trades) < 390  # one in five of 300 ticks has a second


def test_nothing_is_traded_while_trading_is_halted() -> None:
    halted = course(HALTED)
    issue = exchange().issue(HALTED)
    assert issue is not None

    assert many(halted) == []
    assert halted.last(300).quote == exchange().quote(issue)


def test_what_is_not_listed_has_no_course() -> None:
    assert Tape(exchange()).course("999999") is None


def test_an_index_moves_around_its_last_bar_in_hundredths() -> None:
    tape = Tape(exchange())
    kospi = tape.index("KOSPI")
    assert kospi is not None

    levels = {trade.quote.price for trade in many(kospi)}

    assert len(levels) > 5
    assert all(abs(level - 250_000) <= 2_500 for level in levels)


def test_a_board_without_a_share_has_no_index() -> None:
    on_kospi = [issue for issue in exchange() if issue.listing.market == "KOSPI"]
    market = Exchange(on_kospi, exchange().today, 1)

    assert Tape(market).index("KOSDAQ") is None


def test_a_course_never_passes_the_limits_of_the_day() -> None:
    issue = exchange().issue("005930")
    assert issue is not None
    quote = exchange().quote(issue)
    upper = replace(quote, price=quote.upper)
    at_its_limit = Course("a name", "005930", upper, step=100)

    prices = [trade.quote.price for trade in many(at_its_limit)]

    assert max(prices) == quote.upper
    assert all(
        trade.quote.sign == "1" for trade in many(at_its_limit) if trade.quote.price == quote.upper
    )
