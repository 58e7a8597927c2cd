"""Charts within a session: together their bars are the session's own."""

from typing import Any

import pytest

from tests.mock_servers.exchange.issue import Issue
from tests.mock_servers.exchange.minutes import minute_bars
from tests.unit.mock_servers.conftest import KiwoomCustomer, exchange

HALTED = "005380"


def issue_of(ticker: str) -> Issue:
    issue = exchange().issue(ticker)
    assert issue is not None
    return issue


def test_the_minutes_of_a_session_are_its_daily_bar() -> None:
    issue = issue_of("005930")
    for at in range(len(issue.bars) - 20, len(issue.bars)):
        day = minute_bars(issue.listing.ticker, issue.bars, at, seed=1)

        assert int(day.open[0]) == issue.bars.open[at]
        assert int(day.high.max()) == issue.bars.high[at]
        assert int(day.low.min()) == issue.bars.low[at]
        assert int(day.close[-1]) == issue.bars.close[at]
        assert int(day.volume.sum()) == issue.bars.volume[at]
        assert (day.volume >= 0).all()


def test_minute_bars_come_900_a_page_newest_first(kiwoom_customer: KiwoomCustomer) -> None:
    body = {"stk_cd": "005930", "tic_scope": "1", "upd_stkpc_tp": "1"}
    rows = kiwoom_customer.asked("ka10080", "chart", **body)["stk_min_pole_chart_qry"]
    times = [row["cntr_tm"] for row in rows]

    assert len(rows) == 900
    assert times == sorted(times, reverse=True)
    assert (times[0], times[380]) == ("20250228153000", "20250228090000")
    assert rows[0]["acc_trde_qty"] == str(issue_of("005930").bars.volume[-1])


@pytest.mark.parametrize(("scope", "bars"), [("3", 128), ("30", 14), ("60", 8)])
def test_longer_minutes_are_merged_and_the_auction_stands_alone(
    kiwoom_customer: KiwoomCustomer, scope: str, bars: int
) -> None:
    body = {"stk_cd": "005930", "tic_scope": scope, "upd_stkpc_tp": "1", "base_dt": "20250228"}
    rows = kiwoom_customer.asked("ka10080", "chart", **body)["stk_min_pole_chart_qry"]
    day = [row for row in rows if row["cntr_tm"].startswith("20250228")]

    assert len(day) == bars
    assert sum(int(row["trde_qty"]) for row in day) == issue_of("005930").bars.volume[-1]
    assert max(abs(int(row["high_pric"])) for row in day) == issue_of("005930").bars.high[-1]


def test_a_halted_session_has_minutes_without_a_trade(kiwoom_customer: KiwoomCustomer) -> None:
    body = {"stk_cd": HALTED, "tic_scope": "60", "upd_stkpc_tp": "1"}
    rows = kiwoom_customer.asked("ka10080", "chart", **body)["stk_min_pole_chart_qry"]

    assert {row["trde_qty"] for row in rows[:24]} == {"0"}


def day_of(rows: list[dict[str, str]], day: str = "20250228") -> list[dict[str, str]]:
    return [row for row in rows if row["cntr_tm"].startswith(day)]


def test_the_trades_of_a_session_are_its_daily_bar(kiwoom_customer: KiwoomCustomer) -> None:
    body = {"stk_cd": "005930", "tic_scope": "5", "upd_stkpc_tp": "1"}
    told = kiwoom_customer.asked("ka10079", "chart", **body)
    day, bars = day_of(told["stk_tic_chart_qry"]), issue_of("005930").bars

    assert (told["stk_cd"], told["last_tic_cnt"]) == ("005930", "1")
    assert sum(int(row["trde_qty"]) for row in day) == bars.volume[-1]
    assert max(abs(int(row["high_pric"])) for row in day) == bars.high[-1]
    assert min(abs(int(row["low_pric"])) for row in day) == bars.low[-1]
    assert abs(int(day[0]["cur_prc"])) == bars.close[-1]


def test_in_a_halted_session_there_is_no_trade(kiwoom_customer: KiwoomCustomer) -> None:
    body = {"stk_cd": HALTED, "tic_scope": "30", "upd_stkpc_tp": "1"}
    rows = kiwoom_customer.asked("ka10079", "chart", **body)["stk_tic_chart_qry"]

    assert day_of(rows) == []
    assert rows


@pytest.mark.parametrize(
    ("api_id", "name"), [("ka20004", "inds_tic_chart_qry"), ("ka20005", "inds_min_pole_qry")]
)
def test_an_index_moves_within_its_day(
    kiwoom_customer: KiwoomCustomer, api_id: str, name: str
) -> None:
    told = kiwoom_customer.asked(api_id, "chart", inds_cd="101", tic_scope="1")
    day, bars = day_of(told[name]), exchange().indices["KOSDAQ"]

    assert told["inds_cd"] == "101"
    assert day[0]["cur_prc"] == str(bars.close[-1]) == "80000"
    assert max(int(row["high_pric"]) for row in day) == bars.high[-1]
    assert min(int(row["low_pric"]) for row in day) == bars.low[-1]
    assert ("acc_trde_qty" in day[0]) == (api_id == "ka20005")


@pytest.mark.parametrize("api_id", ["ka10079", "ka20004"])
def test_a_bar_of_so_many_trades_is_not_told(kiwoom_customer: KiwoomCustomer, api_id: str) -> None:
    body = {"stk_cd": "005930", "inds_cd": "001", "tic_scope": "60", "upd_stkpc_tp": "1"}

    refused: Any = kiwoom_customer.ask(api_id, "chart", **body).json()

    assert (refused["return_code"], "tic_scope" in refused["return_msg"]) == (2, True)
