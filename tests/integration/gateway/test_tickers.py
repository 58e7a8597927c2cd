"""Tickers over HTTP: found by name, looked at by every strategy on what is stored, drawn."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from app.bootstrap import Services
from app.domain import KOREA, Quote, Result, Scan, Status
from app.market.bars import Span
from app.strategies.registry import STRATEGIES
from tests.integration.gateway.conftest import FRIDAY_EVENING, Gateway, MakeGateway
from tests.system import MockKis, running_broker
from tests.unit.cli.conftest import signal_of

SETUP, HALTED = "005930", "005380"  # what the mock plants in them


@pytest.fixture(scope="module")
def market() -> Iterator[MockKis]:
    """Return a mock broker whose last session is Friday, 2025-02-28."""
    options = ("--tickers", "40", "--seed", "1", "--today", "2025-02-28", "--rate", "100")
    with running_broker(MockKis, *options) as server:
        yield server


@pytest.fixture
def scanned(market: MockKis, make_gateway: MakeGateway) -> Gateway:
    """Return a gateway beside which two tickers were scanned on Friday evening."""
    gateway = make_gateway(kis_base_url=market.url, kis_app_key=uuid4().hex, rate_limit_rps=100)
    for ticker in (SETUP, HALTED):
        scan(gateway.services, ticker)
    market.reset()
    return gateway


def scan(services: Services, ticker: str) -> None:
    now = services.clock()
    wanted = Scan("a-scan", "test", None, tuple(STRATEGIES), 0, now, now)
    services.scanner.scan(ticker, wanted)


def test_a_name_is_found_by_its_part_its_initials_and_its_code(gateway: Gateway) -> None:
    gateway.list_shares()
    gateway.find(signal_of(""))

    found = {q: gateway.get("/api/tickers", q=q)["tickers"] for q in ("삼성", "ㅅㅅㅈ", "0059")}

    assert [each["ticker"] for each in found["삼성"]] == ["005930", "009150", "005935"]
    assert [each["signals"] for each in found["삼성"]] == [1, 0, 0]
    assert [each["ticker"] for each in found["ㅅㅅㅈ"]] == ["005930", "009150", "005935"]
    assert [each["excluded"] for each in found["0059"]] == [None, "preferred share"]


def test_nothing_is_found_before_the_first_scan_and_it_says_why(gateway: Gateway) -> None:
    found = gateway.get("/api/tickers", q="삼성")

    assert found == {"tickers": [], "reason": "the list of shares comes with the first scan"}


def test_the_list_of_the_session_before_serves_until_todays_is_there(
    make_gateway: MakeGateway,
) -> None:
    now = FRIDAY_EVENING
    gateway = make_gateway(clock=lambda: now)
    gateway.list_shares()
    now = datetime(2025, 3, 4, 9, 5, tzinfo=KOREA)  # Monday was a holiday

    assert gateway.get("/api/tickers", q="하이닉스")["tickers"][0]["ticker"] == "000660"


def test_every_strategy_says_what_the_scan_said_and_the_broker_is_not_asked(
    scanned: Gateway, market: MockKis
) -> None:
    ticker = scanned.get(f"/api/tickers/{SETUP}")

    assert ticker["results"].keys() == STRATEGIES.keys()
    vcp = ticker["results"]["vcp"]
    assert (vcp["status"], vcp["state"], vcp["signal"]) == ("OK", "SETUP", True)
    assert vcp["entry"] > ticker["price"] > vcp["stop"]
    assert len(vcp["facts"]["contractions"]) == 3
    assert {gate["passed"] for gate in vcp["facts"]["gates"]} == {True}
    assert (ticker["last_bar"], ticker["behind"]) == ("2025-02-28", False)
    assert (ticker["provisional"], ticker["watched"]) == (False, False)
    assert market.referee()["total"] == 0


def test_nothing_that_is_asked_here_reaches_the_broker(scanned: Gateway, market: MockKis) -> None:
    paths = scanned.get("/api/openapi.json")["paths"]
    ids = {"ticker": SETUP, "signal_id": 1, "scan_id": "0" * 32}
    queries = {"/api/tickers": {"q": "삼성"}, "/api/scans/estimate": {"market": "all"}}
    for path in paths.keys() - {"/events"}:
        scanned.http.get(path.format(**ids), params=queries.get(path))
    for body in ({"market": "all"}, {"tickers": [SETUP]}):
        assert scanned.http.post("/api/scans", json=body).status_code == 202
    with scanned.socket() as client:
        client.next("quota")

    assert market.referee()["total"] == 0


def test_a_halted_ticker_has_a_status_and_no_score(scanned: Gateway) -> None:
    results = scanned.get(f"/api/tickers/{HALTED}")["results"]

    assert {each["status"] for each in results.values()} == {"HALTED"}
    assert {each["score"] for each in results.values()} == {None}


def test_what_is_stored_of_an_earlier_session_is_told_to_be_behind(
    scanned: Gateway, make_gateway: MakeGateway, tmp_path: Path
) -> None:
    later = make_gateway(clock=lambda: FRIDAY_EVENING + timedelta(days=4))  # Monday was a holiday

    ticker = later.get(f"/api/tickers/{SETUP}")

    assert (ticker["last_bar"], ticker["behind"]) == ("2025-02-28", True)
    assert ticker["results"]["vcp"]["status"] == "OK"


def test_a_running_bar_that_a_scan_has_brought_is_looked_at(
    scanned: Gateway, make_gateway: MakeGateway
) -> None:
    noon = datetime(2025, 3, 4, 12, 0, tzinfo=KOREA)
    running = make_gateway(clock=lambda: noon)
    close = scanned.get(f"/api/tickers/{SETUP}")["price"]
    prices = (close + 100, close, close + 100, close + 200, close)
    quote = Quote(SETUP, noon - timedelta(minutes=5), *prices, 1_000_000, 7e10)
    running.services.quotes.save([quote])

    ticker = running.get(f"/api/tickers/{SETUP}")
    *_, last = running.get(f"/api/tickers/{SETUP}/bars", count=5)["bars"]

    assert (ticker["last_bar"], ticker["price"]) == ("2025-03-04", close + 100)
    assert ticker["provisional"]
    assert last[:5] == ["2025-03-04", close + 100, close + 200, close, close + 100]


def test_the_history_has_signals_and_looks_that_gave_none_page_by_page(
    make_gateway: MakeGateway,
) -> None:
    minutes = count()
    gateway = make_gateway(clock=lambda: FRIDAY_EVENING + timedelta(minutes=next(minutes)))
    nothing = Result(status=Status.OK, state="NO_PATTERN", score=12.5)
    halted = Result(status=Status.HALTED, reason="no trade on 2025-02-28")
    path, vcp = "/api/tickers/005930/history", {"strategy": "vcp"}
    gateway.keep(gateway.begin("005930"), "005930", Status.OK, results={"vcp": nothing})
    gateway.find(signal_of(""))
    gateway.keep(gateway.begin("005930"), "005930", Status.HALTED, results={"vcp": halted})

    whole = gateway.get(path, **vcp)

    told = [(each["kind"], each["status"], each["state"]) for each in whole["history"]]
    assert told == [
        ("no_signal", "HALTED", None),
        ("new", "OK", "SETUP"),
        ("no_signal", "OK", "NO_PATTERN"),
    ]
    assert whole["next"] is None
    first = gateway.get(path, **vcp, limit=2)
    rest = gateway.get(path, **vcp, before=first["next"])
    assert first["history"] + rest["history"] == whole["history"]
    assert gateway.get(path, strategy="smart_money") == {"history": [], "next": None}


def test_the_chart_has_the_stored_bars_and_their_averages(scanned: Gateway) -> None:
    chart = scanned.get(f"/api/tickers/{SETUP}/bars", count=60)
    span = Span(date(2024, 1, 1), date(2025, 2, 28))
    stored = scanned.services.bars.load(SETUP, span)

    assert len(chart["bars"]) == len(chart["averages"]["200"]) == len(chart["volume50"]) == 60
    assert chart["bars"][-1][0] == "2025-02-28"
    assert chart["bars"][-1][4] == stored.close[-1]
    for length in (50, 150, 200):
        mean = stored.close[-length:].mean()
        assert chart["averages"][str(length)][-1] == pytest.approx(mean, abs=0.01)
    assert chart["volume50"][-1] == pytest.approx(stored.volume[-50:].mean(), abs=0.01)


def test_a_halted_session_has_no_candle(scanned: Gateway) -> None:
    bars = scanned.get(f"/api/tickers/{HALTED}/bars")["bars"]

    assert bars[-1][0] < "2025-02-26"
    assert all(low > 0 for _, _, _, low, *_ in bars)


def test_averages_that_cannot_be_known_are_null(gateway: Gateway) -> None:
    chart: dict[str, Any] = gateway.get("/api/tickers/005930/bars")

    assert chart == {
        "bars": [],
        "averages": {"50": [], "150": [], "200": []},
        "volume50": [],
    }


def test_the_history_of_a_ticker_is_that_of_its_signals(gateway: Gateway) -> None:
    gateway.find(signal_of(""), signal_of("", strategy="closing_bet", state="AT_CLOSE"))
    gateway.find(signal_of("", state="TRIGGERED"))

    history = gateway.get("/api/tickers/005930")["history"]

    assert (history[0]["kind"], history[0]["state"]) == ("changed", "TRIGGERED")
    assert {each["strategy"] for each in history} == {"vcp", "closing_bet"}


def test_a_ticker_that_nobody_knows_is_not_found(gateway: Gateway) -> None:
    gateway.list_shares()

    assert gateway.http.get("/api/tickers/999999").status_code == 404
    assert gateway.get("/api/tickers/000660")["results"] == {}  # listed, and nothing is stored
