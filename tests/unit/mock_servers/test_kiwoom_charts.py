"""Charts and investors of the mock Kiwoom: newest first, in pages, equal to the exchange."""

from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from itertools import chain, pairwise

import pytest

from tests.mock_servers.exchange.issue import Issue
from tests.mock_servers.exchange.market import Exchange
from tests.mock_servers.exchange.seeded import seeded_issues
from tests.mock_servers.kiwoom.app import create_app
from tests.mock_servers.kiwoom.wire import KOREA
from tests.mock_servers.latency import Latency
from tests.mock_servers.referee import Limit, Referee
from tests.mock_servers.serve import serving
from tests.unit.mock_servers.conftest import (
    TODAY,
    Customer,
    KiwoomCustomer,
    MockServer,
    exchange,
    kiwoom,
)

SPLIT, HALTED = "068270", "005380"
FLOW = {"dt": "20250228", "amt_qty_tp": "1", "trde_tp": "0", "unit_tp": "1000"}
INSTITUTIONS = (
    *("fnnc_invt", "insrnc", "invtrt", "etc_fnnc", "bank", "penfnd_etc", "samo_fund", "natn"),
)


def issue_of(ticker: str) -> Issue:
    issue = exchange().issue(ticker)
    assert issue is not None
    return issue


def test_daily_bars_are_the_exchange_s_newest_first_without_signs(
    kiwoom_customer: KiwoomCustomer,
) -> None:
    rows, bars = kiwoom_customer.chart(), issue_of("005930").bars

    assert [row["dt"] for row in rows] == bars.sessions[::-1]
    assert [int(row["cur_prc"]) for row in rows] == bars.close[::-1].tolist()
    assert [int(row["trde_qty"]) for row in rows] == bars.volume[::-1].tolist()
    assert rows[0]["trde_prica"] == str(round(int(bars.value[-1]) / 1e6))
    for name in ("cur_prc", "open_pric", "high_pric", "low_pric"):
        assert all(row[name].isdecimal() for row in rows)
    assert int(rows[0]["pred_pre"]) == bars.change(len(bars) - 1)
    assert rows[0]["pred_pre_sig"] == bars.sign(len(bars) - 1)


def test_a_halted_session_is_there_without_a_trade(kiwoom_customer: KiwoomCustomer) -> None:
    newest = kiwoom_customer.chart(HALTED)[0]

    assert (newest["open_pric"], newest["trde_qty"], newest["pred_pre"]) == ("0", "0", "0")
    assert int(newest["cur_prc"]) > 0


@pytest.mark.parametrize(
    ("base_dt", "newest"),
    [("20250302", "20250228"), ("20250127", "20250124"), ("20991231", "20250228")],
)
def test_a_day_without_a_session_means_the_one_before_and_the_future_today(
    kiwoom_customer: KiwoomCustomer, base_dt: str, newest: str
) -> None:
    assert kiwoom_customer.chart(base_dt=base_dt)[0]["dt"] == newest


def test_bars_are_adjusted_only_for_what_came_before_the_day_asked_for(
    kiwoom_customer: KiwoomCustomer,
) -> None:
    issue = issue_of(SPLIT)
    split_on, before = issue.bars.sessions[-40], issue.bars.sessions[-41]

    def oldest(base_dt: str, adjusted: str = "1") -> int:
        rows = kiwoom_customer.chart(SPLIT, base_dt, upd_stkpc_tp=adjusted)
        return int(rows[-1]["cur_prc"])

    assert oldest("20250228") == oldest(split_on) == issue.bars.close[0]
    assert oldest(before) == oldest("20250228", adjusted="0") == issue.raw.close[0]


@pytest.mark.parametrize(
    ("api_id", "name", "period"),
    [("ka10082", "stk_stk_pole_chart_qry", "W"), ("ka10083", "stk_mth_pole_chart_qry", "M")],
)
def test_weeks_and_months_are_merged_sessions(
    kiwoom_customer: KiwoomCustomer, api_id: str, name: str, period: str
) -> None:
    body = {"stk_cd": "005930", "base_dt": "20250228", "upd_stkpc_tp": "1"}
    rows = kiwoom_customer.asked(api_id, "chart", **body)[name]
    merged = issue_of("005930").bars.by(period)

    assert [int(row["high_pric"]) for row in rows] == merged.high[::-1].tolist()


def test_what_is_not_listed_has_no_rows_and_what_is_not_traded_there_an_empty_one(
    kiwoom_customer: KiwoomCustomer,
) -> None:
    small = next(issue for issue in exchange() if not issue.listing.on_nxt).listing.ticker
    (empty,) = kiwoom_customer.chart(f"{small}_NX")

    assert kiwoom_customer.chart("999999") == []
    assert set(empty.values()) == {""}
    assert kiwoom_customer.chart("005930_NX") == kiwoom_customer.chart("005930")


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"stk_cd": "005930", "upd_stkpc_tp": "1"}, "1511", "base_dt"),
        ({"stk_cd": "005930", "base_dt": "", "upd_stkpc_tp": "1"}, "1511", "base_dt"),
        ({"stk_cd": "005930", "base_dt": "2025-02-28", "upd_stkpc_tp": "1"}, "1517", "base_dt"),
        ({"stk_cd": "005930", "base_dt": "20250228", "upd_stkpc_tp": "2"}, "1517", "upd_stkpc_tp"),
        ({"base_dt": "20250228", "upd_stkpc_tp": "1"}, "1511", "stk_cd"),
    ],
)
def test_a_field_that_is_missing_or_wrong_is_named(
    kiwoom_customer: KiwoomCustomer, body: dict[str, str], code: str, field: str
) -> None:
    refused = kiwoom_customer.ask("ka10081", "chart", **body)

    assert (refused.status_code, refused.json()["return_code"]) == (200, 2)
    assert refused.json()["return_msg"].startswith(f"입력 값 오류입니다[{code}:")
    assert refused.json()["return_msg"].endswith(f"파라미터={field}]")


@cache
def long_market() -> Exchange:
    return Exchange(seeded_issues(10, 1, TODAY, 1_300), TODAY, 1)


@pytest.fixture(scope="module")
def long_history() -> Iterator[MockServer]:
    app = create_app(long_market(), Referee(Limit()), Latency())
    with serving(app) as url:
        yield MockServer(url)


def test_a_long_chart_comes_in_pages_that_neither_repeat_nor_skip(
    long_history: MockServer,
) -> None:
    customer = KiwoomCustomer(long_history)
    body = {"stk_cd": "005930", "base_dt": "20250228", "upd_stkpc_tp": "1"}
    pages, next_key, more = [], "", "Y"
    while more == "Y":
        answer = customer.ask("ka10081", "chart", next_key, **body)
        pages.append([row["dt"] for row in answer.json()["stk_dt_pole_chart_qry"]])
        more, next_key = answer.headers["cont-yn"], answer.headers["next-key"]
        assert (answer.json()["cont-yn"], answer.json()["next-key"]) == (more, next_key)
        assert len(next_key) <= 50

    issue = long_market().issue("005930")
    assert issue is not None
    assert [len(page) for page in pages] == [600, 600, 100]
    assert list(chain(*pages)) == issue.bars.sessions[::-1]


def test_the_first_page_is_asked_for_with_any_sign_of_no_key(long_history: MockServer) -> None:
    customer = KiwoomCustomer(long_history)
    body = {"stk_cd": "005930", "base_dt": "20250228", "upd_stkpc_tp": "1"}

    for headers in ({}, {"cont_yn": "N", "next_key": "0"}, {"cont_yn": "", "next_key": ""}):
        answer = customer.post("/api/dostk/chart", body, api_id="ka10081", **headers)
        assert answer.json()["stk_dt_pole_chart_qry"][0]["dt"] == "20250228"
    nonsense = customer.ask("ka10081", "chart", "nonsense", **body).json()
    assert "next-key" in nonsense["return_msg"]


def test_the_next_page_can_be_asked_for_in_the_body(long_history: MockServer) -> None:
    customer = KiwoomCustomer(long_history)
    body = {"stk_cd": "005930", "base_dt": "20250228", "upd_stkpc_tp": "1"}
    first = customer.asked("ka10081", "chart", **body)
    paging = {name: first[name] for name in ("cont-yn", "next-key")}
    second = customer.post("/api/dostk/chart", {**body, **paging}, api_id="ka10081").json()

    newest, oldest = (page["stk_dt_pole_chart_qry"] for page in (second, first))
    assert newest[0]["dt"] < oldest[-1]["dt"]


def test_an_index_chart_tells_hundredths_of_a_point(kiwoom_customer: KiwoomCustomer) -> None:
    told = kiwoom_customer.asked("ka20006", "chart", inds_cd="101", base_dt="20250228")
    newest = told["inds_dt_pole_qry"][0]

    assert (told["inds_cd"], newest["cur_prc"], newest["dt"]) == ("101", "80000", "20250228")
    assert int(newest["low_pric"]) <= int(newest["open_pric"]) <= int(newest["high_pric"])


@pytest.mark.parametrize(
    ("api_id", "category", "name"),
    [
        ("ka10060", "chart", "stk_invsr_orgn_chart"),
        ("ka10059", "stkinfo", "stk_invsr_orgn"),
    ],
)
def test_investors_sum_to_nothing_and_institutions_to_their_parts(
    kiwoom_customer: KiwoomCustomer, api_id: str, category: str, name: str
) -> None:
    rows = kiwoom_customer.asked(api_id, category, stk_cd="005930", **FLOW)[name]

    assert len(rows) == 100
    for row in rows:
        figures = {field: int(row[field]) for field in row if field in _FIGURES}
        parts = sum(figures[field] for field in INSTITUTIONS)
        everyone = ("ind_invsr", "frgnr_invsr", "orgn", "etc_corp", "natfor")
        assert sum(figures[field] for field in everyone) == 0
        assert parts == figures["orgn"]
        assert max(map(abs, figures.values())) <= int(row["acc_trde_prica"])
    assert any(int(row["frgnr_invsr"]) for row in rows)


_FIGURES = {"ind_invsr", "frgnr_invsr", "orgn", *INSTITUTIONS, "etc_corp", "natfor"}


@pytest.mark.parametrize("missing", list(FLOW))
def test_investors_are_told_to_who_names_every_field(
    kiwoom_customer: KiwoomCustomer, missing: str
) -> None:
    body = {**FLOW, missing: ""}
    refused = kiwoom_customer.ask("ka10060", "chart", stk_cd="005930", **body).json()

    assert refused["return_code"] == 2
    assert (
        f"[1511:필수 입력 값에 값이 존재하지 않습니다. 필수입력 파라미터={missing}]"
        in refused["return_msg"]
    )


def test_net_buying_is_what_was_bought_less_what_was_sold_in_shares(
    kiwoom_customer: KiwoomCustomer,
) -> None:
    def foreign(way: str) -> int:
        body = {**FLOW, "amt_qty_tp": "2", "unit_tp": "1", "trde_tp": way}
        told = kiwoom_customer.asked("ka10060", "chart", stk_cd="005930", **body)
        return int(told["stk_invsr_orgn_chart"][0]["frgnr_invsr"])

    assert foreign("0") == foreign("1") - foreign("2")
    assert foreign("1") > 0


@pytest.mark.parametrize(
    ("day", "hour", "settled"),
    [(TODAY, 17, False), (TODAY, 18, True), (date(2025, 3, 1), 9, True)],
)
def test_the_figures_of_today_are_zeros_until_the_evening(
    day: date, hour: int, *, settled: bool
) -> None:
    at = datetime(day.year, day.month, day.day, hour, tzinfo=KOREA).timestamp()
    with kiwoom(now=lambda: at) as server:
        rows = KiwoomCustomer(server).asked("ka10060", "chart", stk_cd="005930", **FLOW)
        today, before = rows["stk_invsr_orgn_chart"][:2]

    assert any(int(today[field]) for field in _FIGURES) is settled
    assert any(int(before[field]) for field in _FIGURES)
    assert int(today["acc_trde_prica"]) > 0


def test_foreign_holdings_move_by_what_foreigners_bought(kiwoom_customer: KiwoomCustomer) -> None:
    rows = kiwoom_customer.asked("ka10008", "frgnistt", stk_cd="005930")["stk_frgnr"]

    for newer, older in pairwise(rows):
        held = int(newer["poss_stkcnt"]) - int(older["poss_stkcnt"])
        assert held == int(newer["chg_qty"])


def test_sessions_in_detail_go_back_from_the_day_asked_for(
    kiwoom_customer: KiwoomCustomer,
) -> None:
    body = {"stk_cd": "005930", "strt_dt": "20250110"}
    rows = kiwoom_customer.asked("ka10015", "stkinfo", **body)["daly_trde_dtl"]

    assert rows[0]["dt"] == "20250110"
    assert rows[0]["dt"] > rows[1]["dt"]
    row = rows[0]
    net = [int(row[name]) for name in ("for_netprps", "orgn_netprps", "ind_netprps")]
    assert sum(net) == 0


def test_both_brokers_tell_the_same_prices_and_flows(
    kiwoom_customer: KiwoomCustomer, customer: Customer
) -> None:
    for ticker in ("005930", SPLIT, HALTED):
        kiwoom_rows = kiwoom_customer.chart(ticker)[:100]
        kis_rows = customer.chart(ticker).json()["output2"]
        assert [int(row["cur_prc"]) for row in kiwoom_rows] == [
            int(row["stck_clpr"]) for row in kis_rows
        ]
        assert [row["trde_qty"] for row in kiwoom_rows] == [row["acml_vol"] for row in kis_rows]
        now = kiwoom_customer.asked("ka10001", "stkinfo", stk_cd=ticker)
        price = customer.price(ticker).json()["output"]["stck_prpr"]
        assert abs(int(now["cur_prc"])) == int(price)
    flows = kiwoom_customer.asked("ka10060", "chart", stk_cd="005930", **FLOW)
    path = "/uapi/domestic-stock/v1/quotations/inquire-investor"
    query = {"FID_COND_MRKT_DIV_CODE": "J", "FID_INPUT_ISCD": "005930"}
    told = customer.get(path, "FHKST01010900", **query).json()["output"]
    for kiwoom_row, kis_row in zip(flows["stk_invsr_orgn_chart"], told, strict=False):
        assert int(kiwoom_row["frgnr_invsr"]) == int(kis_row["frgn_ntby_tr_pbmn"])
        assert int(kiwoom_row["orgn"]) == int(kis_row["orgn_ntby_tr_pbmn"])
