"""What a scan takes on, worked out from what is stored and what the account can do."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.bootstrap import Services
from app.domain import KOREA, Bar, Market
from app.market.bars import Span
from app.queues import ScanRequest
from app.signals.scans import Plan, ScanState
from app.strategies.registry import STRATEGIES
from app.view import view_of
from tests.integration.conftest import FRIDAY_EVENING, MakeServices

INDEX_CALLS = 2 * 4  # 200 sessions of two indices, 50 a page
SATURDAY = datetime(2025, 3, 1, 9, 0, tzinfo=KOREA)
THREE = "ticker,name,market\n005930,A,KOSPI\n000660,B,KOSPI\n035420,C,KOSDAQ\n"


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    file = tmp_path / "universe.csv"
    file.write_text(THREE, encoding="utf-8")
    return file


def plan(services: Services, **request: Any) -> Plan:
    given: Mapping[str, Any] = {"id": "s1", "as_of": date(2025, 2, 28), **request}
    return services.planner.plan(ScanRequest.model_validate(given), services.clock())


def test_a_market_is_planned_at_three_pages_and_flows_a_ticker_and_its_indices(
    services: MakeServices, csv: Path
) -> None:
    planned = plan(services(universe_csv=csv, rate_limit_rps=2), market="all")

    assert list(planned.tickers) == ["005930", "000660", "035420"]
    assert planned.planned_calls == 3 * 4 + INDEX_CALLS
    assert planned.indices == (Market.KOSPI, Market.KOSDAQ)
    assert planned.scan.deadline == FRIDAY_EVENING + timedelta(seconds=20 / 2 * 1.5 + 60)
    assert planned.scan.strategies == tuple(STRATEGIES)


def test_flows_are_planned_only_for_strategies_that_read_them(services: MakeServices) -> None:
    few = {"tickers": ["005930", "000660"]}

    without = plan(services(), strategies=["vcp", "volatility_breakout"], **few)
    with_flows = plan(services(), strategies=["closing_bet"], **few)

    assert (without.planned_calls, with_flows.planned_calls) == (2 * 3, 2 * 4)


def test_a_ticker_that_is_up_to_date_is_planned_at_no_call(
    services: MakeServices, csv: Path
) -> None:
    built = services(universe_csv=csv)
    built.scanner.scan("005930", plan(built, market="all").scan)

    assert plan(built, market="all").planned_calls == 2 * 4 + INDEX_CALLS
    assert plan(built, market="kosdaq").planned_calls == 4 + INDEX_CALLS
    assert plan(built, tickers=["005930"]).planned_calls == 0


def test_for_an_older_date_the_pages_before_what_is_stored_are_planned(
    services: MakeServices, csv: Path
) -> None:
    built = services(universe_csv=csv)
    built.scanner.scan("005930", plan(built, market="all").scan)

    older = plan(built, tickers=["005930"], as_of=date(2024, 6, 28))

    assert older.planned_calls == 2  # 163 sessions lie before the stored ones


def test_what_runs_before_a_scan_counts_for_its_deadline(services: MakeServices, csv: Path) -> None:
    built = services(universe_csv=csv, rate_limit_rps=2)
    built.scans.record(plan(built, market="all"), now=FRIDAY_EVENING)

    second = plan(built, id="s2", tickers=["005930"])

    assert second.scan.deadline == FRIDAY_EVENING + timedelta(seconds=24 / 2 * 1.5 + 60)


def test_on_a_day_without_a_session_the_schedule_rests_and_says_why(
    services: MakeServices, csv: Path
) -> None:
    request = ScanRequest(id="s1", name="pre_open", market="all", scheduled=True)
    built = services(SATURDAY, universe_csv=csv)

    assert built.runner.start(request) is ScanState.EMPTY
    progress = built.scans.progress("s1")
    assert progress is not None
    assert "no session on 2025-03-01" in progress.reason
    assert built.queues.lengths()["broker"] == 0


def test_a_scan_that_must_end_takes_what_fits_greatest_value_first(
    services: MakeServices,
) -> None:
    late = datetime(2025, 2, 28, 15, 17, 56, tzinfo=KOREA)
    built = services(late, rate_limit_rps=2)
    request = ScanRequest(id="s1", name="closing", market="all", ends="15:18", scheduled=True)

    planned = built.planner.plan(request, late)

    by_value = sorted(
        built.scanner.listings().values(), key=lambda listing: -(listing.value or 0.0)
    )
    greatest = [each.ticker for each in by_value if not each.excluded]
    assert list(planned.tickers) == greatest[: len(planned.tickers)]
    assert len(planned.tickers) == 2  # four seconds, two calls each, four calls a ticker
    assert planned.reason == "2 of 40 tickers fit before 15:18, by yesterday's value"


def test_running_bars_are_fetched_in_batches_where_the_account_can(services: MakeServices) -> None:
    noon = datetime(2025, 2, 28, 12, 0, tzinfo=KOREA)
    tickers = [f"{number:06d}" for number in range(70)]

    live = plan(services(noon, kis_env="live"), tickers=tickers, as_of=None)
    paper = plan(services(noon), tickers=tickers, as_of=None)
    past = plan(services(noon, kis_env="live"), tickers=tickers)

    assert [len(batch) for batch in live.batches] == [30, 30, 10]
    assert live.planned_calls == 3 + 70 * 4
    assert paper.batches == past.batches == []


def test_running_bars_in_batches_let_more_tickers_fit(services: MakeServices) -> None:
    late = datetime(2025, 2, 28, 15, 17, 59, 500_000, tzinfo=KOREA)
    built = services(late, kis_env="live", rate_limit_rps=2)
    request = ScanRequest(
        id="s1", name="closing", market="all", strategies=["vcp"], ends="15:18", scheduled=True
    )
    for listing in built.scanner.listings().values():
        store_all_but_today(built, listing.ticker)

    planned = built.planner.plan(request, late)

    assert [len(batch) for batch in planned.batches] == [30]  # half a second, one call
    assert planned.reason == "30 of 40 tickers fit before 15:18, by yesterday's value"


def store_all_but_today(built: Services, ticker: str) -> None:
    sessions = view_of(built.calendar, None, built.clock()).sessions[:-1]
    flat = [Bar(session, 100, 100, 100, 100, 1000, 1e5) for session in sessions]
    span = Span(sessions[0], sessions[-1])
    built.bars.fill(ticker, span, [flat], final=sessions[-1])


def test_a_ticker_named_twice_is_scanned_once(services: MakeServices) -> None:
    assert list(plan(services(), tickers=["005930", "005930"]).tickers) == ["005930"]


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"market": "all", "strategies": ["nope"]}, "no strategy nope"),
        ({"market": "nasdaq"}, "kospi, kosdaq or all"),
        ({}, "nothing to scan"),
    ],
)
def test_a_scan_that_cannot_be_started_is_recorded_with_the_reason(
    services: MakeServices, csv: Path, request_: dict[str, Any], words: str
) -> None:
    built = services(universe_csv=csv)
    request = ScanRequest.model_validate({"id": "s1", **request_})

    with pytest.raises(ValueError, match=words) as error:
        built.runner.start(request)
    built.keeper.fail_scan(request, str(error.value))

    progress = built.scans.progress("s1")
    assert progress is not None
    assert progress.state is ScanState.FAILED
    assert words in progress.reason


def test_start_scan_delivered_twice_sends_its_tickers_once(
    services: MakeServices, csv: Path
) -> None:
    built = services(universe_csv=csv)
    request = ScanRequest(id="s1", market="all")

    assert built.runner.start(request) is ScanState.RUNNING
    assert built.runner.start(request) is None
    assert built.queues.lengths()["broker"] == 3 + 2  # the tickers, and two indices
