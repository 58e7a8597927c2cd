"""One ticker: what is asked of the broker, what is stored, and what comes out."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import httpx
import pytest

from app import ticks
from app.bootstrap import Services
from app.brokers.errors import BrokerRefused, BrokerUnavailable
from app.domain import KOREA, Bar, InvestorFlow, Match, Outcome, Quote, Scan, Status
from app.market.bars import Span
from app.strategies.base import Inputs
from app.strategies.registry import STRATEGIES
from tests.integration.conftest import FRIDAY_EVENING, MakeServices
from tests.system import MockKis

FRIDAY = date(2025, 2, 28)
NOON = datetime(2025, 2, 28, 12, 0, tzinfo=KOREA)
SCAN = Scan(
    id="s1",
    name="test",
    as_of=FRIDAY,
    strategies=tuple(STRATEGIES),
    priority=0,
    deadline=FRIDAY_EVENING + timedelta(hours=1),
    created_at=FRIDAY_EVENING,
)
NOW = replace(SCAN, as_of=None)


def calls(market: MockKis, end: str) -> int:
    """Return how many requests arrived at the path that ends so."""
    arrived = market.referee()["by_endpoint"]
    return sum(number for path, number in arrived.items() if path.endswith(end))


def chart_calls(market: MockKis) -> int:
    return calls(market, "inquire-daily-itemchartprice")


def flow_calls(market: MockKis) -> int:
    return calls(market, "inquire-investor")


def planted_ticker(market: MockKis, kind: str) -> str:
    """Return the first share that the mock has planted this in."""
    planted = httpx.get(f"{market.url}/_planted", trust_env=False, timeout=60).json()
    return next(str(plant["ticker"]) for plant in planted if plant["kind"] == kind)


def scan(services: Services, ticker: str, scan: Scan = SCAN) -> Outcome:
    return services.scanner.scan(ticker, scan)


def test_a_first_scan_asks_for_three_pages_and_flows_and_a_second_one_for_nothing(
    services: MakeServices, market: MockKis
) -> None:
    first = scan(services(), "005930")
    assert (chart_calls(market), flow_calls(market)) == (3, 1)

    again = scan(services(), "005930")

    assert (chart_calls(market), flow_calls(market)) == (3, 1)
    assert again.calls == 0
    assert again.results == first.results
    assert {result.status for result in first.results.values()} == {Status.OK}


def test_strategies_that_read_no_flows_cost_none(services: MakeServices, market: MockKis) -> None:
    scan(services(), "005930", replace(SCAN, strategies=("vcp", "volatility_breakout")))

    assert flow_calls(market) == 0


def test_after_a_missed_session_one_page_is_asked_for(
    services: MakeServices, market: MockKis
) -> None:
    thursday = replace(SCAN, as_of=date(2025, 2, 27))
    scan(services(), "005930", thursday)
    before = chart_calls(market)

    found = scan(services(), "005930")

    assert chart_calls(market) - before == 1
    assert flow_calls(market) == 1  # the first answer reached to the newest session there is
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


def test_a_halted_share_has_a_status_and_no_score_and_is_not_asked_for_flows(
    services: MakeServices, market: MockKis
) -> None:
    found = scan(services(), planted_ticker(market, "halted"))

    assert found.status is Status.HALTED
    assert "no trade on 2025-02-28" in found.reason
    assert {result.status for result in found.results.values()} == {Status.HALTED}
    assert all(result.score is None for result in found.results.values())
    assert flow_calls(market) == 0


def test_a_halted_running_row_is_a_halt_as_well(services: MakeServices, market: MockKis) -> None:
    halted = planted_ticker(market, "halted")
    running = services(NOON, kis_env="live")
    scan(running, halted, replace(SCAN, as_of=date(2025, 2, 27)))
    before = chart_calls(market)

    running.scanner.fetch_quotes([halted])
    found = scan(running, halted, NOW)

    assert found.status is Status.HALTED
    assert chart_calls(market) == before


def test_an_adjustment_since_the_last_scan_makes_the_bars_be_fetched_anew(
    services: MakeServices, market: MockKis
) -> None:
    built = services()
    thursday = replace(SCAN, as_of=date(2025, 2, 27))
    scan(built, "005930", thursday)
    wanted = Span(date(2025, 2, 20), date(2025, 2, 27))
    stored = built.bars.load("005930", wanted)
    double(built, "005930", wanted)

    found = scan(built, "005930")

    assert found.status is Status.OK
    assert built.bars.load("005930", wanted).close.tolist() == stored.close.tolist()


def double(services: Services, ticker: str, span: Span) -> None:
    """Have the bars of ``span`` stored as they were before a share became two."""
    bars = services.bars.load(ticker, span)
    before = [
        Bar(bars.date(n), *(2 * float(bars.close[n]),) * 4, volume=1000) for n in range(len(bars))
    ]
    services.bars.forget(ticker)
    services.bars.fill(ticker, span, [before], final=span.last)


def test_a_base_price_that_is_not_the_last_close_makes_the_bars_be_fetched_anew_once(
    services: MakeServices, market: MockKis
) -> None:
    thursday = date(2025, 2, 27)
    running = services(NOON, kis_env="live")
    year = Span.over(running.scanner.view(None).sessions[:-1])
    scan(running, "005930", replace(SCAN, as_of=thursday))
    adjusted = running.bars.load("005930", year).close.tolist()
    double(running, "005930", year)
    running.scanner.fetch_quotes(["005930"])
    before = chart_calls(market)

    found = scan(running, "005930", NOW)

    assert found.status is Status.OK
    assert running.bars.load("005930", year).close.tolist() == adjusted
    assert chart_calls(market) - before == 3
    double(running, "005930", year)  # the broker's bars are not adjusted yet
    assert scan(running, "005930", NOW).calls == 0


def test_a_base_price_one_tick_off_is_rounding(services: MakeServices) -> None:
    thursday = date(2025, 2, 27)
    running = services(NOON)
    scan(running, "005930", replace(SCAN, as_of=thursday))
    close = float(running.bars.load("005930", Span(thursday, thursday)).close[-1])
    base = close + ticks.tick(close)
    running.quotes.save([Quote("005930", NOON, base, base, base, base, base, 1_000_000)])

    assert scan(running, "005930", NOW).calls == 0


def test_a_session_that_is_not_counted_yet_is_asked_for_again_after_an_hour(
    services: MakeServices, market: MockKis
) -> None:
    def asked(day: int, hour: int, minute: int) -> int:
        """Ask on a day after the mock's last one: it has nothing of that session."""
        built = services(datetime(2025, 3, day, hour, minute, tzinfo=KOREA))
        before = flow_calls(market)
        flows = built.intake.fetch_flows("005930", built.scanner.view(None))
        assert flows[-1].session == FRIDAY
        return flow_calls(market) - before

    evening = [asked(4, hour, minute) for hour, minute in ((18, 30), (19, 29), (19, 30))]
    assert evening == [1, 0, 1]
    assert [asked(5, 8, 0), asked(5, 12, 0), asked(5, 17, 59)] == [1, 0, 0]
    assert asked(5, 18, 0) == 1  # another session is final now


def test_flows_that_the_broker_turns_down_do_not_cost_the_other_strategies(
    services: MakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def refuse(ticker: str) -> list[InvestorFlow]:
        asked.append(ticker)
        raise BrokerRefused(f"investors of {ticker}: not served (EGW02006)", "EGW02006")

    built = services()
    monkeypatch.setattr(built.broker, "fetch_flows", refuse)

    found = scan(built, "005930").results

    assert found["smart_money"].status is Status.INSUFFICIENT_DATA
    assert found["vcp"].status is found["closing_bet"].status is Status.OK
    scan(built, "005930")
    assert asked == ["005930"]  # the same request would be turned down again


def test_flows_that_another_try_may_bring_are_tried_again_with_what_is_stored(
    services: MakeServices, market: MockKis
) -> None:
    market.fault(kind="error_5xx", endpoint="inquire-investor", count=1)

    with pytest.raises(BrokerUnavailable):
        scan(services(), "005930")
    again = scan(services(), "005930")

    assert again.results["smart_money"].status is Status.OK
    assert (chart_calls(market), again.calls) == (3, 1)


def test_the_row_of_a_running_session_is_used_but_not_stored(services: MakeServices) -> None:
    running = services(NOON.astimezone(UTC))

    found = scan(running, "005930", NOW)

    assert found.status is Status.OK
    assert all(signal.provisional for signal in found.signals)
    assert {(signal.as_of, signal.as_of.tzinfo) for signal in found.signals} == {(NOON, KOREA)}
    assert all(signal.last_bar == FRIDAY for signal in found.signals)
    assert len(running.bars.load("005930", Span(FRIDAY, FRIDAY))) == 0


@pytest.mark.parametrize("as_of", [None, FRIDAY], ids=["now", "as of today"])
def test_what_rests_on_final_sessions_only_is_final_while_a_session_runs(
    services: MakeServices, market: MockKis, as_of: date | None
) -> None:
    bought = planted_ticker(market, "smart_money")
    after_close = services(datetime(2025, 2, 28, 15, 40, tzinfo=KOREA))

    looked = scan(after_close, bought, replace(SCAN, as_of=as_of))

    (found,) = (each for each in looked.signals if each.strategy == "smart_money")
    stored = after_close.bars.load(bought, Span(FRIDAY - timedelta(days=1), FRIDAY))
    assert found.last_bar == found.pattern == date(2025, 2, 27) == stored.date(-1)
    assert found.price == stored.close[-1]
    assert not found.provisional


def test_before_the_open_the_last_session_is_the_one_before(services: MakeServices) -> None:
    early = datetime(2025, 2, 28, 8, 0, tzinfo=KOREA)

    view = services(early).scanner.view(None)

    assert (view.last, view.running, view.elapsed) == (date(2025, 2, 27), False, 1.0)


def test_as_of_today_before_the_close_looks_at_the_session_before(services: MakeServices) -> None:
    assert services(NOON).scanner.view(FRIDAY).last == date(2025, 2, 27)


def test_a_fresh_quote_stands_for_the_running_row_and_saves_a_call(
    services: MakeServices, market: MockKis
) -> None:
    thursday = date(2025, 2, 27)
    scan(services(), "005930", replace(SCAN, as_of=thursday))
    before = chart_calls(market)
    running = services(NOON)
    base = float(running.bars.load("005930", Span(thursday, thursday)).close[-1])
    quote = Quote("005930", NOON, base, base, base, base, base, 1_000_000)
    running.quotes.save([quote])

    found = scan(running, "005930", NOW)
    running.quotes.save([replace(quote, at=NOON - timedelta(minutes=11))])
    scan(running, "005930", NOW)

    assert found.calls == 0
    assert chart_calls(market) - before == 1


def test_the_running_row_can_be_looked_at_and_is_asked_for_again(
    services: MakeServices, market: MockKis
) -> None:
    running = services(NOON)
    assert running.stored.running("005930") is None

    scan(running, "005930", NOW)
    kept = running.stored.running("005930")
    before = chart_calls(market)
    scan(running, "005930", NOW)

    assert kept is not None
    assert kept.session == FRIDAY
    assert running.stored.bars("005930", kept, count=2).date(-1) == FRIDAY
    assert len(running.bars.load("005930", Span(FRIDAY, FRIDAY))) == 0
    assert chart_calls(market) - before == 1
    assert services(NOON + timedelta(days=4)).stored.running("005930") is None


def test_a_strategy_that_raises_is_an_error_and_not_a_score(
    services: MakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(given: Inputs, parameters: object) -> Match:
        raise ZeroDivisionError

    built = services()
    broken = replace(STRATEGIES["vcp"], evaluate=fails)
    monkeypatch.setitem(STRATEGIES, "vcp", broken)

    with pytest.raises(ZeroDivisionError):
        scan(built, "005930", replace(SCAN, strategies=("vcp",)))
