"""One ticker: what is asked of the broker, what is stored, and what comes out."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest

from app.bootstrap import Services
from app.domain import KOREA, Bar, Match, Outcome, Quote, Scan, Status
from app.market.bars import Span
from app.strategies.base import Inputs
from app.strategies.registry import STRATEGIES
from tests.integration.conftest import FRIDAY_EVENING, MakeServices
from tests.system import MockKis

FRIDAY = date(2025, 2, 28)
SCAN = Scan(
    id="s1",
    name="test",
    as_of=FRIDAY,
    strategies=("vcp", "volatility_breakout"),
    priority=0,
    deadline=FRIDAY_EVENING + timedelta(hours=1),
    created_at=FRIDAY_EVENING,
)
NOW = replace(SCAN, as_of=None)


def chart_calls(market: MockKis) -> int:
    arrived = market.referee()["by_endpoint"]
    return sum(n for path, n in arrived.items() if path.endswith("inquire-daily-itemchartprice"))


def scan(services: Services, ticker: str, scan: Scan = SCAN) -> Outcome:
    return services.scanner.scan(ticker, scan)


def test_a_first_scan_asks_for_three_pages_and_a_second_one_for_nothing(
    services: MakeServices, market: MockKis
) -> None:
    first = scan(services(), "005930")
    assert chart_calls(market) == 3

    again = scan(services(), "005930")

    assert chart_calls(market) == 3
    assert again.calls == 0
    assert again.results == first.results
    assert first.status is Status.OK


def test_after_a_missed_session_one_page_is_asked_for(
    services: MakeServices, market: MockKis
) -> None:
    thursday = replace(SCAN, as_of=date(2025, 2, 27))
    scan(services(), "005930", thursday)
    before = chart_calls(market)

    found = scan(services(), "005930")

    assert chart_calls(market) - before == 1
    assert found.status is Status.OK


def test_planted_patterns_are_found(services: MakeServices) -> None:
    (signal,) = (each for each in scan(services(), "005930").signals if each.strategy == "vcp")

    assert signal.state == "SETUP"
    assert signal.last_bar == FRIDAY
    assert signal.bars_used == 280
    assert signal.as_of == datetime.combine(FRIDAY, time(15, 30), KOREA)
    assert not signal.provisional


@pytest.mark.parametrize(
    ("ticker", "status"),
    [("ZZZZZZ", Status.UNKNOWN_TICKER), ("005935", Status.EXCLUDED), ("069500", Status.EXCLUDED)],
    ids=["not listed", "a preferred share", "an ETF"],
)
def test_what_is_not_a_common_share_costs_no_chart(
    services: MakeServices, market: MockKis, ticker: str, status: Status
) -> None:
    found = scan(services(), ticker)

    assert found.status is status
    assert found.reason
    assert chart_calls(market) == 0


def test_a_halted_share_has_a_status_and_no_score(services: MakeServices) -> None:
    halted = [scan(services(), each) for each in services().scanner.listings()]
    found = [each for each in halted if each.status is Status.HALTED]

    assert len(found) == 1
    assert all(result.score is None for result in found[0].results.values())


def test_an_adjustment_since_the_last_scan_makes_the_bars_be_fetched_anew(
    services: MakeServices, market: MockKis
) -> None:
    built = services()
    thursday = replace(SCAN, as_of=date(2025, 2, 27))
    scan(built, "005930", thursday)
    wanted = Span(date(2025, 2, 20), date(2025, 2, 27))
    stored = built.bars.load("005930", wanted)
    doubled = [
        Bar(stored.date(n), *(2 * stored.close[n],) * 4, volume=1000) for n in range(len(stored))
    ]
    built.bars.forget("005930")
    built.bars.fill("005930", wanted, [doubled], final=FRIDAY)

    found = scan(built, "005930")

    assert found.status is Status.OK
    assert built.bars.load("005930", wanted).close.tolist() == stored.close.tolist()


def test_the_row_of_a_running_session_is_used_but_not_stored(services: MakeServices) -> None:
    noon = datetime(2025, 2, 28, 12, 0, tzinfo=KOREA)
    running = services(noon)

    found = scan(running, "005930", NOW)

    assert found.status is Status.OK
    assert all(signal.provisional for signal in found.signals)
    assert all(signal.last_bar == FRIDAY for signal in found.signals)
    assert len(running.bars.load("005930", Span(FRIDAY, FRIDAY))) == 0


def test_before_the_open_the_last_session_is_the_one_before(services: MakeServices) -> None:
    early = datetime(2025, 2, 28, 8, 0, tzinfo=KOREA)

    view = services(early).scanner.view(None)

    assert (view.last, view.running, view.elapsed) == (date(2025, 2, 27), False, 1.0)


def test_as_of_today_before_the_close_looks_at_the_session_before(services: MakeServices) -> None:
    noon = datetime(2025, 2, 28, 12, 0, tzinfo=KOREA)

    assert services(noon).scanner.view(FRIDAY).last == date(2025, 2, 27)


def test_a_fresh_quote_stands_for_the_running_row_and_saves_a_call(
    services: MakeServices, market: MockKis
) -> None:
    noon = datetime(2025, 2, 28, 12, 0, tzinfo=KOREA)
    scan(services(), "005930", replace(SCAN, as_of=date(2025, 2, 27)))
    before = chart_calls(market)
    running = services(noon)
    quote = Quote("005930", noon, 70_000, 69_000, 69_500, 70_500, 69_000, 1_000_000)
    running.quotes.save([quote])

    found = scan(running, "005930", NOW)
    running.quotes.save([replace(quote, at=noon - timedelta(minutes=11))])
    scan(running, "005930", NOW)

    assert found.calls == 0
    assert chart_calls(market) - before == 1


def test_a_strategy_that_raises_is_an_error_and_not_a_score(
    services: MakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(given: Inputs) -> Match:
        raise ZeroDivisionError

    built = services()
    broken = replace(STRATEGIES["vcp"], evaluate=fails)
    monkeypatch.setitem(STRATEGIES, "vcp", broken)

    with pytest.raises(ZeroDivisionError):
        scan(built, "005930", replace(SCAN, strategies=("vcp",)))
