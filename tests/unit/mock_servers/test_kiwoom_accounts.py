"""Orders and what an account holds at the mock Kiwoom."""

from datetime import datetime
from typing import Any

import pytest

from tests.mock_servers.kiwoom.wire import KOREA
from tests.unit.mock_servers.conftest import KiwoomCustomer, MockServer, exchange, kiwoom

HALTED = "005380"
MARKET, LIMIT = "3", "0"


def order(customer: KiwoomCustomer, api_id: str = "kt10000", **fields: str) -> Any:
    body = {"dmst_stex_tp": "KRX", "stk_cd": "005930", "ord_qty": "10", "trde_tp": MARKET}
    return customer.ask(api_id, "ordr", **{**body, "ord_uv": "", **fields}).json()


def holdings(customer: KiwoomCustomer) -> Any:
    return customer.asked("kt00018", "acnt", qry_tp="1", dmst_stex_tp="KRX")


def price_of(ticker: str) -> int:
    issue = exchange().issue(ticker)
    assert issue is not None
    return exchange().quote(issue).price


def test_an_order_is_taken_recorded_and_shown_among_the_holdings(
    kiwoom_mock: MockServer, kiwoom_customer: KiwoomCustomer
) -> None:
    sent = order(kiwoom_customer)

    assert (sent["return_code"], sent["ord_no"], sent["dmst_stex_tp"]) == (0, "0000001", "KRX")
    (recorded,) = kiwoom_mock.control("GET", "/_orders")
    assert recorded["number"] == sent["ord_no"]
    assert (recorded["side"], recorded["tr_id"], recorded["quantity"]) == ("buy", "kt10000", 10)
    told = holdings(kiwoom_customer)
    (holding,) = told["acnt_evlt_remn_indv_tot"]
    paid = 10 * price_of("005930")
    assert (holding["stk_cd"], int(holding["rmnd_qty"])) == ("A005930", 10)
    assert told["tot_pur_amt"] == f"{paid:015}"
    assert len(holding["cur_prc"]) == 12
    assert int(told["prsm_dpst_aset_amt"]) == 10_000_000
    cash = kiwoom_customer.asked("kt00001", "acnt", qry_tp="3")
    assert int(cash["ord_alow_amt"]) == 10_000_000 - paid


def test_a_limit_order_is_filled_at_its_price_and_a_loss_shows_its_minus(
    kiwoom_customer: KiwoomCustomer,
) -> None:
    limit = price_of("005930") + 1_000

    order(kiwoom_customer, trde_tp=LIMIT, ord_uv=str(limit))

    (holding,) = holdings(kiwoom_customer)["acnt_evlt_remn_indv_tot"]
    assert int(holding["pur_pric"]) == limit
    assert holding["evltv_prft"] == "-00000000010000"
    assert float(holding["prft_rt"]) < 0


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"stk_cd": "999999"}, "1902"),
        ({"stk_cd": HALTED}, "RC4007"),
        ({"trde_tp": LIMIT, "ord_uv": "70050"}, "RC4003"),
        ({"trde_tp": LIMIT, "ord_uv": "700"}, "RC4027"),
        ({"trde_tp": LIMIT, "ord_uv": ""}, "1511"),
        ({"ord_qty": "1000"}, "855056"),
        ({"ord_qty": "0"}, "1517"),
        ({"trde_tp": "00"}, "1517"),
        ({"dmst_stex_tp": "NXT"}, "RC9000"),
        ({"api_id": "kt10001"}, "800033"),
    ],
)
def test_an_order_that_the_exchange_would_refuse_is_refused_and_not_recorded(
    kiwoom_mock: MockServer, kiwoom_customer: KiwoomCustomer, fields: dict[str, str], code: str
) -> None:
    refused = order(kiwoom_customer, **fields)

    assert refused["return_code"] in (2, 20)
    assert code in refused["return_msg"]
    assert "ord_no" not in refused
    assert kiwoom_mock.control("GET", "/_orders") == []


def test_what_can_still_be_bought_is_said(kiwoom_customer: KiwoomCustomer) -> None:
    most = 10_000_000 // price_of("005930")

    assert f"{most}주 매수가능" in order(kiwoom_customer, ord_qty="1000")["return_msg"]


def test_a_live_account_trades_at_both_places() -> None:
    with kiwoom(environment="live") as server:
        assert order(KiwoomCustomer(server), dmst_stex_tp="NXT")["return_code"] == 0


def test_only_what_is_held_can_be_sold(kiwoom_customer: KiwoomCustomer) -> None:
    order(kiwoom_customer)

    assert order(kiwoom_customer, "kt10001", ord_qty="4")["return_code"] == 0
    (holding,) = holdings(kiwoom_customer)["acnt_evlt_remn_indv_tot"]
    assert int(holding["rmnd_qty"]) == 6


@pytest.mark.parametrize(
    ("api_id", "more"),
    [("kt10002", {"mdfy_qty": "1", "mdfy_uv": "70000"}), ("kt10003", {"cncl_qty": "0"})],
)
def test_a_filled_order_can_neither_be_changed_nor_cancelled(
    kiwoom_customer: KiwoomCustomer, api_id: str, more: dict[str, str]
) -> None:
    number = order(kiwoom_customer)["ord_no"]
    body = {"dmst_stex_tp": "KRX", "stk_cd": "005930", **more}

    filled = kiwoom_customer.ask(api_id, "ordr", orig_ord_no=number, **body).json()
    unknown = kiwoom_customer.ask(api_id, "ordr", orig_ord_no="7654321", **body).json()

    assert (filled["return_code"], "수량이 없습니다" in filled["return_msg"]) == (20, True)
    assert (unknown["return_code"], "존재하지 않습니다" in unknown["return_msg"]) == (20, True)


def test_filled_orders_are_listed_newest_first_and_none_is_open(
    kiwoom_customer: KiwoomCustomer,
) -> None:
    numbers = [order(kiwoom_customer, ord_qty="1")["ord_no"] for _ in range(2)]
    order(kiwoom_customer, "kt10001", ord_qty="1")

    def filled(side: str) -> list[str]:
        told = kiwoom_customer.asked("ka10076", "acnt", qry_tp="0", sell_tp=side)
        return [row["ord_no"] for row in told["cntr"]]

    assert filled("2") == numbers[::-1]
    assert len(filled("0")) == 3
    assert kiwoom_customer.asked("ka10075", "acnt", all_stk_tp="0", trde_tp="0")["oso"] == []


def test_the_orders_of_a_day_are_told_with_what_they_come_to() -> None:
    noon = datetime(2025, 2, 28, 12, tzinfo=KOREA).timestamp()
    every = {"stk_bond_tp": "1", "mrkt_tp": "0", "sell_tp": "0", "qry_tp": "1"}
    price = price_of("005930")

    with kiwoom(now=lambda: noon) as server:
        customer = KiwoomCustomer(server)
        order(customer, ord_qty="2")
        order(customer, "kt10001", ord_qty="1")
        today, before = (
            customer.asked("kt00009", "acnt", ord_dt=day, dmst_stex_tp="%", **every)
            for day in ("20250228", "20250227")
        )

    rows = today["acnt_ord_cntr_prst_array"]
    assert [(row["stk_cd"], int(row["cntr_qty"])) for row in rows] == [
        ("A005930", 1),
        ("A005930", 2),
    ]
    assert int(today["buy_engg_amt"]) == 2 * price
    assert int(today["engg_amt"]) == 3 * price
    assert before["acnt_ord_cntr_prst_array"] == []


def test_an_account_is_the_key_s(kiwoom_mock: MockServer, kiwoom_customer: KiwoomCustomer) -> None:
    order(kiwoom_customer)

    other = KiwoomCustomer(kiwoom_mock, key="other")
    assert holdings(other)["acnt_evlt_remn_indv_tot"] == []


def test_many_holdings_come_in_pages(kiwoom_customer: KiwoomCustomer) -> None:
    affordable = sorted(exchange(), key=lambda issue: int(issue.bars.close[-1]))[:23]
    for issue in affordable:
        order(kiwoom_customer, stk_cd=issue.listing.ticker, ord_qty="1")

    body = {"qry_tp": "2", "dmst_stex_tp": "KRX"}
    first = kiwoom_customer.ask("kt00018", "acnt", **body)
    second = kiwoom_customer.ask("kt00018", "acnt", first.headers["next-key"], **body)

    pages = [answer.json()["acnt_evlt_remn_indv_tot"] for answer in (first, second)]
    assert [len(page) for page in pages] == [20, 3]
    assert first.json()["tot_evlt_amt"] == second.json()["tot_evlt_amt"]
    held = [row["stk_cd"].removeprefix("A") for page in pages for row in page]
    assert held == sorted(issue.listing.ticker for issue in affordable)
