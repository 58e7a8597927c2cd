import json

import pytest
from pydantic import JsonValue

from app.cli import run
from app.cli.report import grouped
from app.cli.scan import exit_code
from app.domain import NO_BROKER, Outcome, Result, Status
from tests.conftest import PATIENCE_SECONDS
from tests.unit.cli.conftest import Hands, signal_of


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name tickers, like 005930, or a market with --market; one of the two"),
        (["005930", "--market", "all"], "one of the two"),
        (["12345"], "'12345' is not a ticker: six digits or capital letters, like 005930"),
        (["--market", "nasdaq"], "'nasdaq' is not one of 'kospi', 'kosdaq', 'all'"),
        (["005930", "--strategy", "magic"], "no strategy 'magic': there is vcp,"),
        (["005930", "--as-of", "28.2.2025"], "--as-of: '28.2.2025' is not a date like 2025-02-28"),
        (["005930", "--as-of", "2099-01-01"], "--as-of: 2099-01-01 is in the future"),
        (["005930", "--as-of", "1999-01-04"], "--as-of: 1999-01-04 has no 280 sessions before it"),
        (["005930", "--as-of", "2011-06-01"], "--as-of: 2011-06-01 has no 280 sessions before it"),
        (["005930", "--as-of", ""], "--as-of: '' is not a date like 2025-02-28"),
        (["005930", "--name", "\t"], "--name: got '\\t', want 1 to 64 printable characters"),
        (["005930", "--what"], "No such option: --what"),
    ],
)
def test_what_cannot_be_scanned_is_one_line_and_exit_2(
    system: Hands, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert run(["scan", *arguments]) == 2

    written = capsys.readouterr()
    assert written.out == ""
    assert written.err.startswith("scanner: ")
    assert written.err.count("\n") == 1
    assert said in written.err
    assert system.services.queues.lengths()["control"] == 0


def outcome(scan_id: str, ticker: str, status: Status = Status.OK, reason: str = "") -> Outcome:
    result = Result(status=status, reason=reason, state="NO_PATTERN", score=0.0)
    return Outcome(
        scan_id=scan_id,
        ticker=ticker,
        status=status,
        reason=reason,
        results={"vcp": result},
        calls=3,
    )


def test_a_scan_is_asked_for_and_its_cost_is_told(
    system: Hands, capsys: pytest.CaptureFixture[str]
) -> None:
    called = system.call("scan", "--market", "all", "--strategy", "vcp", "--as-of", "2025-02-28")
    request = system.start()

    assert called.result(timeout=PATIENCE_SECONDS) == 0
    written = capsys.readouterr().out
    assert f"Scan {request.id}: 3 tickers, about 17 requests, 8 s at 2 a second" in written
    assert (request.market, request.strategies, request.priority) == ("all", ["vcp"], 3)


def test_tickers_are_read_as_people_type_them_and_scanned_once(system: Hands) -> None:
    called = system.call("scan", " 0126z0", "005930", "005930")

    assert system.start().tickers == ["0126Z0", "005930"]
    assert called.result(timeout=PATIENCE_SECONDS) == 0


def test_a_scan_that_is_waited_for_ends_in_one_json_object(
    system: Hands, capsys: pytest.CaptureFixture[str]
) -> None:
    called = system.call("scan", "--market", "all", "--wait", "--json", "--name", "mine")
    scan_id = system.start().id
    system.keep(
        outcome(scan_id, "000660"),
        outcome(scan_id, "005930"),
        outcome(scan_id, "293490", Status.HALTED, "no trade on 2025-02-28"),
    )

    assert called.result(timeout=PATIENCE_SECONDS) == 0
    found = json.loads(capsys.readouterr().out)
    told = {"id", "name", "as_of", "strategies", "regime", "parameters", "seconds"}
    assert found["scan"].keys() == told
    assert (found["scan"]["id"], found["scan"]["name"]) == (scan_id, "mine")
    assert found["counts"] == {
        "total": 3,
        "scored": 2,
        "by_status": {"OK": 2, "HALTED": 1},
        "failed": 0,
        "not_reached": 0,
    }
    assert (found["requests"], found["refused"]) == (9, 0)
    assert found["outcomes"] == [
        {"ticker": "293490", "status": "HALTED", "reason": "no trade on 2025-02-28"}
    ]


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (Status.OK, 0),
        (Status.HALTED, 0),
        (Status.INSUFFICIENT_DATA, 0),
        (Status.FAILED, 1),
        (Status.NOT_REACHED, 1),
        (Status.UNKNOWN_TICKER, 1),
        (Status.EXCLUDED, 1),
    ],
)
def test_a_status_is_a_result_but_a_ticker_that_was_not_scanned_is_a_problem(
    status: Status, code: int
) -> None:
    assert exit_code([outcome("a", "005930"), outcome("a", "000660", status)]) == code


def test_few_tickers_are_shown_with_what_each_strategy_said(
    system: Hands, capsys: pytest.CaptureFixture[str]
) -> None:
    called = system.call("scan", "005930", "--wait")
    scan_id = system.start().id
    system.keep(outcome(scan_id, "005930", Status.HALTED, "no trade on 2025-02-28"))

    assert called.result(timeout=PATIENCE_SECONDS) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split()[:2] == ["005930", "vcp"]
    assert lines[1].endswith("no trade on 2025-02-28")
    assert lines[-1] == "  HALTED: no trade on 2025-02-28 (005930)"


def test_the_regime_of_the_market_is_told_with_the_scan(
    system: Hands, capsys: pytest.CaptureFixture[str]
) -> None:
    kospi: dict[str, JsonValue] = {
        "session": "2025-02-28",
        "close": 2532.78,
        "average_50": 2480.1,
        "above_50": True,
        "average_200": 2600.0,
        "above_200": False,
    }
    called = system.call("scan", "005930", "--wait")
    scan_id = system.start().id
    system.services.scans.note_regime(scan_id, {"KOSPI": kospi})
    system.keep(outcome(scan_id, "005930"))

    assert called.result(timeout=PATIENCE_SECONDS) == 0
    assert capsys.readouterr().out.splitlines()[-1] == (
        "  KOSPI 2,532.78 on 2025-02-28: above its 50-session average, "
        "not above its 200-session average"
    )
    run(["status", "--json"])
    [scan] = json.loads(capsys.readouterr().out)["scans"]
    assert scan["regime"] == {"KOSPI": kospi}


def test_a_scan_that_cannot_be_started_says_why(
    system: Hands, capsys: pytest.CaptureFixture[str]
) -> None:
    called = system.call("scan", "005930", "--wait")
    system.services.keeper.fail_scan(system.take_request(), "kis:main: the key is wrong")

    assert called.result(timeout=PATIENCE_SECONDS) == 1
    written = capsys.readouterr()
    assert written.out == ""
    assert written.err.splitlines()[-1] == (
        "scanner: the scan could not be started: kis:main: the key is wrong"
    )


def test_signals_stand_in_a_table_with_the_best_first(
    system: Hands, capsys: pytest.CaptureFixture[str]
) -> None:
    called = system.call("scan", "--market", "kospi", "--wait")
    scan_id = system.start().id
    for ticker, score in (("005930", 66.0), ("000660", 86.1)):
        found = [signal_of(scan_id, ticker, score)]
        system.keep(Outcome(scan_id=scan_id, ticker=ticker, status=Status.OK, signals=found))

    assert called.result(timeout=PATIENCE_SECONDS) == 0
    _, best, second, _, summary = capsys.readouterr().out.splitlines()
    assert best.split()[:6] == ["S", "86.1", "000660", "삼성전자", "vcp", "SETUP"]
    assert second.split()[:3] == ["A", "66.0", "005930"]
    assert "71,200  +1.23%  72,600  83,200  67,300  pull-backs went 18.6% → 7.0%" in second
    assert summary.startswith("2 tickers: 2 scored · 2 signals · 0 requests, 0 refused · ")


def test_a_signal_in_json_has_what_the_strategy_found(
    system: Hands, capsys: pytest.CaptureFixture[str]
) -> None:
    called = system.call("scan", "005930", "--wait", "--json")
    scan_id = system.start().id
    found = [signal_of(scan_id, components={"trend": 20.0}, facts={"pivot": 72_500})]
    system.keep(Outcome(scan_id=scan_id, ticker="005930", status=Status.OK, signals=found))

    assert called.result(timeout=PATIENCE_SECONDS) == 0
    [signal] = json.loads(capsys.readouterr().out)["signals"]
    assert (signal["ticker"], signal["score"], signal["grade"]) == ("005930", 86.1, "S")
    assert signal["last_bar_date"] == "2025-02-28"
    assert signal["as_of"] == "2025-02-28T15:30:00+09:00"
    assert (signal["components"], signal["facts"]) == ({"trend": 20.0}, {"pivot": 72_500})


def test_reasons_are_grouped_with_the_tickers_they_are_about(
    system: Hands, capsys: pytest.CaptureFixture[str]
) -> None:
    called = system.call("scan", "--market", "all", "--wait")
    scan_id = system.start().id
    system.keep(
        *(outcome(scan_id, ticker, Status.FAILED, "HTTP 500") for ticker in ("000660", "005930")),
        outcome(scan_id, "293490", Status.NOT_REACHED, "the scan's deadline passed"),
    )

    assert called.result(timeout=PATIENCE_SECONDS) == 1
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "  FAILED: HTTP 500 (000660 005930)",
        "  NOT_REACHED: the scan's deadline passed (293490)",
    ]


def test_a_market_whose_session_has_not_come_says_so_and_is_no_failure() -> None:
    reason = "no bar of 2025-03-04, the last is of 2025-02-28"
    waiting = [outcome("a", f"{number:06}", Status.STALE, reason) for number in range(30)]
    halted = outcome("a", "005930", Status.HALTED, "no trade on 2025-03-04")

    [line] = grouped([*waiting, halted])

    assert line.startswith(f"  STALE: {reason} (000000 000001 ")
    assert line.endswith(" and 22 more)")
    assert exit_code([*waiting, halted]) == 0


def test_a_broker_that_is_not_reached_for_any_ticker_is_exit_3() -> None:
    away = outcome("a", "005930", Status.FAILED, f"{NO_BROKER}: no connection within 3 s")

    assert exit_code([away]) == 3
    assert exit_code([away, outcome("a", "000660")]) == 1
