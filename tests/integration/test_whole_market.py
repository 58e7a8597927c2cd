"""What concerns the whole market: ranks and regime, worked out once a session."""

from datetime import date, datetime
from pathlib import Path

import pytest

from app.bootstrap import Services
from app.brokers.errors import BrokerUnavailable
from app.domain import KOREA, Market
from app.market.universe import ALL, select
from app.queues import ScanRequest
from app.signals.scans import Progress, ScanState
from tests.integration.conftest import MakeServices
from tests.system import MockKis

THURSDAY, FRIDAY = date(2025, 2, 27), date(2025, 2, 28)
NOON = datetime(2025, 2, 28, 12, 0, tzinfo=KOREA)
WHOLE = ScanRequest(id="s1", market="all", as_of=FRIDAY)


def index_calls(market: MockKis) -> int:
    arrived = market.referee()["by_endpoint"]
    path = "inquire-daily-indexchartprice"
    return sum(number for name, number in arrived.items() if name.endswith(path))


def tickers(services: Services) -> list[str]:
    return [each.ticker for each in select(services.scanner.listings().values(), ALL)]


def store_bars(services: Services, number: int) -> list[str]:
    """Have the bars of so many shares stored up to Friday, and return their tickers."""
    view = services.scanner.view(FRIDAY)
    stored = tickers(services)[:number]
    for ticker in stored:
        services.intake.fetch_bars(ticker, view)
    return stored


def fetch_indices(services: Services, scan_id: str) -> None:
    for board in Market:
        services.runner.fetch_index(board, scan_id)


def progress(services: Services, scan_id: str = "s1") -> Progress:
    found = services.scans.progress(scan_id)
    assert found is not None
    return found


def test_a_market_is_ranked_by_the_session_before_the_scan(services: MakeServices) -> None:
    built = services()
    stored = store_bars(built, 40)

    built.runner.start(WHOLE)

    ranks = {ticker: built.strength.load(THURSDAY, ticker) for ticker in stored}
    percentiles = [rank for rank in ranks.values() if rank is not None]
    assert len(percentiles) > 30
    assert (min(percentiles), max(percentiles)) == (0, 100)
    assert built.strength.known(FRIDAY) == 0
    scan = built.scans.load("s1")
    assert scan is not None
    (vcp,) = (s for s in built.scanner.scan("005930", scan).signals if s.strategy == "vcp")
    assert vcp.facts["strength"] == ranks["005930"]


def test_of_few_shares_nobody_is_ranked(services: MakeServices) -> None:
    built = services()
    stored = store_bars(built, 29)

    built.runner.start(WHOLE)

    assert built.strength.known(THURSDAY) == 0
    assert built.strength.load(THURSDAY, stored[0]) is None


def test_a_market_is_ranked_again_when_more_of_it_is_stored(services: MakeServices) -> None:
    built = services()
    store_bars(built, 35)
    built.runner.start(WHOLE)
    built.runner.start(WHOLE.model_copy(update={"id": "s2"}))
    assert built.strength.known(THURSDAY) == 35

    store_bars(built, 40)
    built.runner.start(WHOLE.model_copy(update={"id": "s3"}))

    assert built.strength.known(THURSDAY) == 40


def test_an_index_is_fetched_once_a_session_and_the_regime_stands_with_the_scan(
    services: MakeServices, market: MockKis
) -> None:
    built = services()
    built.runner.start(WHOLE.model_copy(update={"as_of": THURSDAY}))
    assert progress(built).regime == {}

    fetch_indices(built, "s1")

    regime = progress(built).regime
    assert set(regime) == {"KOSPI", "KOSDAQ"}
    kospi = regime["KOSPI"]
    assert isinstance(kospi, dict)
    assert kospi["session"] == "2025-02-27"
    assert {kospi["above_50"], kospi["above_200"]} <= {True, False}
    assert index_calls(market) == progress(built).calls - 1 == 8  # one is the token's

    built.runner.start(WHOLE.model_copy(update={"id": "s2"}))
    fetch_indices(built, "s2")
    assert index_calls(market) == 8 + 2

    built.runner.start(WHOLE.model_copy(update={"id": "s3"}))
    assert index_calls(market) == 8 + 2
    assert progress(built, "s3").regime == progress(built, "s2").regime != regime


def test_a_few_tickers_take_the_regime_that_is_stored(
    services: MakeServices, market: MockKis
) -> None:
    built = services()
    few = ScanRequest(id="few", tickers=["005930"], as_of=FRIDAY)

    built.runner.start(few)
    assert progress(built, "few").regime == {}
    assert built.queues.lengths()["broker"] == 1
    assert index_calls(market) == 0

    for board in Market:
        built.whole_market.fetch_index(board, built.scanner.view(FRIDAY))
    built.runner.start(few.model_copy(update={"id": "later"}))
    assert set(progress(built, "later").regime) == {"KOSPI", "KOSDAQ"}


def test_a_running_session_is_not_in_the_regime(services: MakeServices) -> None:
    built = services(NOON)
    view = built.scanner.view(None)

    built.whole_market.fetch_index(Market.KOSPI, view)

    kospi = built.whole_market.regime(view)["KOSPI"]
    assert isinstance(kospi, dict)
    assert kospi["session"] == "2025-02-27"


def test_an_index_that_cannot_be_had_leaves_the_regime_unknown_and_the_scan_running(
    services: MakeServices, market: MockKis
) -> None:
    built = services()
    market.fault(kind="error_5xx", endpoint="inquire-daily-indexchartprice", count=1)
    built.runner.start(WHOLE)

    with pytest.raises(BrokerUnavailable):
        fetch_indices(built, "s1")

    left = progress(built)
    assert (left.state, left.regime, left.calls) == (ScanState.RUNNING, {}, 2)
    fetch_indices(built, "s1")
    assert set(progress(built).regime) == {"KOSPI", "KOSDAQ"}


def test_the_indices_are_asked_for_after_the_first_tickers(services: MakeServices) -> None:
    built = services()

    built.runner.start(WHOLE)

    queued = built.redis.lrange("broker", 0, -1)
    kinds = [b"fetch_index" in message for message in reversed(list(queued))]
    assert kinds == [False] * 10 + [True] * 2 + [False] * 30


def test_a_scan_and_its_signals_keep_the_parameters_that_were_in_force(
    services: MakeServices, tmp_path: Path
) -> None:
    file = tmp_path / "strategies.toml"
    file.write_text("[vcp]\ntrend = 7\n", encoding="utf-8")
    built = services(strategy_file=file)
    built.runner.start(ScanRequest(id="s1", tickers=["005930"], strategies=["vcp"]))
    scan = built.scans.load("s1")
    assert scan is not None

    (signal,) = built.scanner.scan("005930", scan).signals

    assert signal.parameters["trend"] == 7
    assert progress(built).parameters == {"vcp": signal.parameters}
