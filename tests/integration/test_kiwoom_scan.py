"""What a scan costs on Kiwoom: bars in one call, running quotes a hundred at a time."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from redis import Redis

from app.bootstrap import Services
from app.domain import KOREA, Bar, Market, Status
from app.market.bars import Span
from app.queues import ScanRequest
from app.settings import load_settings
from tests.integration.conftest import FRIDAY_EVENING
from tests.mock_servers.exchange.issue import Issue
from tests.mock_servers.exchange.seeded import LEAST_SESSIONS, seeded_issues
from tests.system import MockKiwoom, running_broker

THURSDAY, FRIDAY = date(2025, 2, 27), date(2025, 2, 28)
NOON = datetime(2025, 2, 28, 12, 0, tzinfo=KOREA)
TICKERS, SEED, RATE = 200, 1, 100


@pytest.fixture(scope="module")
def kiwoom_market() -> Iterator[MockKiwoom]:
    """Return a mock broker with 200 shares, whose last session is Friday, 2025-02-28."""
    market = ("--tickers", str(TICKERS), "--seed", str(SEED), "--today", FRIDAY.isoformat())
    with running_broker(MockKiwoom, *market, "--rate", str(RATE), "--env", "live") as server:
        yield server


def services_at(now: datetime, market: MockKiwoom, redis_url: str, folder: Path) -> Services:
    settings = load_settings(
        broker="kiwoom",
        kiwoom_env="live",
        kiwoom_api_url=market.url,
        kiwoom_app_key=uuid4().hex,
        kiwoom_secret_key=uuid4().hex,
        redis_url=redis_url,
        database_url=f"sqlite:///{folder}/scanner.db",
        rate_limit_rps=RATE,
    )
    return Services(settings, clock=lambda: now)


def store(services: Services, issues: Iterable[Issue]) -> None:
    """Store all that an evening's scan on Thursday would have brought."""
    for issue in issues:
        ticker, bars = issue.listing.ticker, issue.bars.upto(f"{THURSDAY:%Y%m%d}")
        columns = (bars.open, bars.high, bars.low, bars.close, bars.volume, bars.value)
        sessions = map(date.fromisoformat, bars.sessions)
        page = [
            Bar(session, *map(float, numbers))
            for session, *numbers in zip(sessions, *columns, strict=True)
        ]
        services.bars.fill(ticker, Span(page[0].session, THURSDAY), [page], final=THURSDAY)
        services.flows.save(ticker, [], final=THURSDAY, now=NOON)


def test_with_stored_bars_200_tickers_cost_two_calls(
    kiwoom_market: MockKiwoom, redis: Redis, redis_url: str, tmp_path: Path
) -> None:
    issues = seeded_issues(TICKERS, SEED, FRIDAY, LEAST_SESSIONS)[:TICKERS]
    with services_at(NOON, kiwoom_market, redis_url, tmp_path) as services:
        store(services, issues)
        listed = services.scanner.listings()  # once a session, for all processes
        tickers = [issue.listing.ticker for issue in issues]
        kiwoom_market.reset()

        request = ScanRequest(id="s1", tickers=tickers)
        plan = services.planner.plan(request, NOON)
        services.scans.record(plan, now=NOON)
        for batch in plan.batches:
            services.runner.fetch_quotes(batch, "s1")
        outcomes = [services.scanner.scan(ticker, plan.scan) for ticker in tickers]

    seen = kiwoom_market.referee()
    assert seen["by_endpoint"] == {"ka10095": 2}
    assert plan.planned_calls == 2
    assert set(tickers) <= set(listed)
    assert {outcome.status for outcome in outcomes} == {Status.OK, Status.HALTED}
    scanned = [outcome for outcome in outcomes if outcome.status is Status.OK]
    assert len(scanned) > 0.9 * TICKERS
    assert {(outcome.last_bar, outcome.provisional) for outcome in scanned} == {(FRIDAY, True)}


def test_a_ticker_without_stored_bars_costs_one_call_for_them_and_one_for_its_flows(
    kiwoom_market: MockKiwoom, redis: Redis, redis_url: str, tmp_path: Path
) -> None:
    with services_at(FRIDAY_EVENING, kiwoom_market, redis_url, tmp_path) as services:
        services.scanner.listings()
        kiwoom_market.reset()
        request = ScanRequest(id="s1", tickers=["005930"], as_of=FRIDAY)
        plan = services.planner.plan(request, FRIDAY_EVENING)

        found = services.scanner.scan("005930", plan.scan)
        again = services.scanner.scan("005930", plan.scan)

    assert kiwoom_market.referee()["by_endpoint"] == {"ka10081": 1, "ka10060": 1}
    assert plan.planned_calls == found.calls == 2
    assert found.status is Status.OK
    assert again.calls == 0
    assert again.results == found.results


def test_the_index_of_both_boards_costs_a_call_each(
    kiwoom_market: MockKiwoom, redis: Redis, redis_url: str, tmp_path: Path
) -> None:
    with services_at(FRIDAY_EVENING, kiwoom_market, redis_url, tmp_path) as services:
        first = date(2024, 3, 4)

        closes = {
            board: [bar.close for page in pages for bar in page]
            for board in Market
            for pages in [services.broker.fetch_index_bars(board, first, FRIDAY)]
        }

    assert {board: numbers[-1] for board, numbers in closes.items()} == {
        Market.KOSPI: 2500,
        Market.KOSDAQ: 800,
    }
    assert min(map(len, closes.values())) > 200
