"""Keys, orders and balances of the mock KIS, over real HTTP."""

from typing import Any

import pytest
import requests

from tests.unit.mock_servers.conftest import TRADING, Customer, MockServer, exchange, kis

ACCOUNT = {"CANO": "50000000", "ACNT_PRDT_CD": "01"}
BUY, SELL, HALTED = "VTTC0012U", "VTTC0011U", "005380"


def order(customer: Customer, tr_id: str = BUY, **fields: str) -> dict[str, Any]:
    body = {**ACCOUNT, "PDNO": "005930", "ORD_DVSN": "00", "ORD_QTY": "10", "ORD_UNPR": "70000"}
    answer = customer.post(TRADING + "order-cash", tr_id, {**body, **fields})
    found: dict[str, Any] = answer.json()
    return found


def balance(customer: Customer, **more: str) -> requests.Response:
    query = {**ACCOUNT, "INQR_DVSN": "02", "CTX_AREA_FK100": "", "CTX_AREA_NK100": ""}
    return customer.get(TRADING + "inquire-balance", "VTTC8434R", **(query | more))


def test_an_order_is_taken_recorded_and_shown_in_the_balance(
    mock: MockServer, customer: Customer
) -> None:
    sent = order(customer)

    assert (sent["rt_cd"], sent["msg_cd"]) == ("0", "APBK0013")
    (recorded,) = mock.control("GET", "/_orders")
    assert recorded["number"] == sent["output"]["ODNO"]
    assert (recorded["side"], recorded["ticker"], recorded["quantity"]) == ("buy", "005930", 10)
    answer = balance(customer)
    (holding,), (sums,) = answer.json()["output1"], answer.json()["output2"]
    assert (holding["pdno"], holding["hldg_qty"]) == ("005930", "10")
    assert holding["pchs_avg_pric"] == "70000.0000"
    assert sums["nxdy_excc_amt"] == str(10_000_000 - 700_000)
    assert answer.headers["tr_cont"] == "D"


@pytest.mark.parametrize("tr_id", ["TTTC0012U", "TTTC0802U", "VTTC0802U"])
def test_old_and_new_ids_of_both_kinds_of_account_are_taken(customer: Customer, tr_id: str) -> None:
    assert order(customer, tr_id)["rt_cd"] == "0"


@pytest.mark.parametrize(("environment", "tr_id"), [("paper", "TTTC0012U"), ("live", "VTTC0012U")])
def test_an_id_of_the_other_kind_of_account_is_refused(environment: str, tr_id: str) -> None:
    with kis(environment=environment) as server:
        assert order(Customer(server), tr_id)["msg_cd"] == "EGW00356"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"PDNO": "999999"}, "MCA05918"),
        ({"PDNO": HALTED, "ORD_UNPR": "211000"}, "APBK0400"),
        ({"ORD_UNPR": "70050"}, "APBK0400"),
        ({"ORD_UNPR": "700"}, "APBK0400"),
        ({"ORD_QTY": "1000"}, "40240000"),
        ({"ORD_QTY": "0"}, "OPSQ2001"),
        ({"CANO": "123"}, "OPSQ2000"),
    ],
)
def test_an_order_that_the_exchange_would_refuse_is_refused_and_not_recorded(
    mock: MockServer, customer: Customer, fields: dict[str, str], code: str
) -> None:
    refused = order(customer, **fields)

    assert (refused["rt_cd"] != "0", refused["msg_cd"]) == (True, code)
    assert mock.control("GET", "/_orders") == []


def test_only_what_is_held_can_be_sold(mock: MockServer, customer: Customer) -> None:
    assert order(customer, SELL)["msg_cd"] == "40240000"

    order(customer, BUY, ORD_QTY="10")
    assert order(customer, SELL, ORD_QTY="4", ORD_DVSN="01", ORD_UNPR="0")["rt_cd"] == "0"
    (holding,) = balance(customer).json()["output1"]
    assert (holding["hldg_qty"], holding["pchs_amt"]) == ("6", "420000")


def test_a_long_balance_comes_in_pages(customer: Customer) -> None:
    affordable = sorted(exchange(), key=lambda issue: int(issue.bars.close[-1]))[:23]
    for issue in affordable:
        order(customer, PDNO=issue.listing.ticker, ORD_QTY="1", ORD_DVSN="01", ORD_UNPR="0")

    first = balance(customer)
    area = first.json()["ctx_area_nk100"]
    customer.http.headers["tr_cont"] = "N"
    second = balance(customer, CTX_AREA_NK100=area)

    assert (len(first.json()["output1"]), first.headers["tr_cont"]) == (20, "F")
    assert (len(second.json()["output1"]), second.headers["tr_cont"]) == (3, "E")
    held = [row["pdno"] for page in (first, second) for row in page.json()["output1"]]
    assert held == sorted(issue.listing.ticker for issue in affordable)
    assert len(area) == 100


def filled(customer: Customer, tr_id: str = "VTTC0081R", **more: str) -> requests.Response:
    query = {**ACCOUNT, "INQR_STRT_DT": "20000101", "INQR_END_DT": "20991231", **more}
    return customer.get(TRADING + "inquire-daily-ccld", tr_id, **query)


def test_filled_orders_are_listed_newest_first_with_their_sums(customer: Customer) -> None:
    order(customer, ORD_QTY="2")
    order(customer, PDNO="035720", ORD_QTY="3", ORD_DVSN="01", ORD_UNPR="0")
    order(customer, SELL, ORD_QTY="1")

    told = filled(customer).json()
    rows = told["output1"]
    assert [(row["pdno"], row["sll_buy_dvsn_cd"], row["tot_ccld_qty"]) for row in rows] == [
        ("005930", "01", "1"),
        ("035720", "02", "3"),
        ("005930", "02", "2"),
    ]
    assert (told["output2"]["tot_ord_qty"], rows[0]["rmn_qty"]) == ("6", "0")
    oldest = filled(customer, INQR_DVSN="01").json()["output1"][0]
    assert (oldest["odno"], oldest["prdt_name"]) == ("0000000001", "삼성전자")


@pytest.mark.parametrize(
    ("more", "count"),
    [
        ({"SLL_BUY_DVSN_CD": "01"}, 0),
        ({"SLL_BUY_DVSN_CD": "02"}, 1),
        ({"PDNO": "000660"}, 0),
        ({"ODNO": "0000000001"}, 1),
        ({"CCLD_DVSN": "02"}, 0),
        ({"INQR_END_DT": "20000102"}, 0),
    ],
)
def test_filled_orders_are_chosen_by_side_ticker_number_and_day(
    customer: Customer, more: dict[str, str], count: int
) -> None:
    order(customer)

    assert len(filled(customer, **more).json()["output1"]) == count


@pytest.mark.parametrize("tr_id", ["TTTC0081R", "TTTC8001R", "CTSC9215R", "VTSC9215R"])
def test_filled_orders_are_told_under_old_and_new_ids(customer: Customer, tr_id: str) -> None:
    assert filled(customer, tr_id).json()["rt_cd"] == "0"


def test_many_filled_orders_come_in_pages(customer: Customer) -> None:
    for _ in range(17):
        order(customer, PDNO="035720", ORD_QTY="1", ORD_DVSN="01", ORD_UNPR="0")

    first = filled(customer)
    area = first.json()["ctx_area_nk100"]
    customer.http.headers["tr_cont"] = "N"
    second = filled(customer, CTX_AREA_NK100=area)

    assert [len(answer.json()["output1"]) for answer in (first, second)] == [15, 2]
    assert (first.headers["tr_cont"], second.headers["tr_cont"]) == ("F", "E")


def test_no_order_is_open_and_paper_accounts_cannot_ask(customer: Customer) -> None:
    order(customer)
    query = {**ACCOUNT, "INQR_DVSN_1": "0", "INQR_DVSN_2": "0"}
    path = TRADING + "inquire-psbl-rvsecncl"

    answer = customer.get(path, "TTTC0084R", **query)

    assert (answer.json()["output"], answer.headers["tr_cont"]) == ([], "D")
    with kis(environment="paper") as server:
        refused = Customer(server).get(path, "VTTC0084R", **query).json()
        assert refused["msg_cd"] == "EGW02006"


def test_buying_power_is_cash_by_price(customer: Customer) -> None:
    query = {**ACCOUNT, "PDNO": "005930", "ORD_UNPR": "70000", "ORD_DVSN": "00"}
    output = customer.get(TRADING + "inquire-psbl-order", "VTTC8908R", **query).json()["output"]

    assert (output["ord_psbl_cash"], output["max_buy_qty"]) == ("10000000", "142")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"grant_type": "client_credentials", "appsecret": "s"}, "EGW00102"),
        ({"grant_type": "client_credentials", "appkey": "k"}, "EGW00104"),
        ({"appkey": "k", "appsecret": "s"}, "EGW00115"),
        ({"grant_type": "password", "appkey": "k", "appsecret": "s"}, "EGW00116"),
        ([], "EGW00101"),
    ],
)
def test_a_token_call_that_lacks_something_is_refused_in_its_own_shape(
    mock: MockServer, body: object, code: str
) -> None:
    refused = requests.post(mock.url + "/oauth2/tokenP", json=body, timeout=60)

    assert refused.status_code == 403
    assert refused.json().keys() == {"error_description", "error_code"}
    assert refused.json()["error_code"] == code


def test_a_second_token_call_within_a_minute_is_refused(mock: MockServer) -> None:
    assert Customer(mock).login.status_code == 200
    refused = Customer(mock).login

    assert (refused.status_code, refused.json()["error_code"]) == (403, "EGW00133")


def test_a_revoked_token_is_refused(customer: Customer) -> None:
    body = {"appkey": "key", "appsecret": "secret"}
    access_token = customer.login.json()["access_token"]
    revoked = customer.post("/oauth2/revokeP", json={**body, "token": access_token})

    assert revoked.json()["code"] == 200
    assert customer.price().json()["msg_cd"] == "EGW00121"


def test_without_a_token_nothing_is_answered(mock: MockServer) -> None:
    with kis(app_keys={"key": "secret"}) as server:
        stranger = Customer(server, key="other")

        assert stranger.login.json()["error_code"] == "EGW00103"
        assert stranger.price().json()["msg_cd"] == "EGW00205"


def test_a_websocket_key_and_a_hash_key_are_given(customer: Customer) -> None:
    keys = {"grant_type": "client_credentials", "appkey": "key", "secretkey": "secret"}
    approval = customer.post("/oauth2/Approval", json=keys).json()["approval_key"]
    hashed = customer.post("/uapi/hashkey", json=ACCOUNT).json()

    assert [len(part) for part in approval.split("-")] == [8, 4, 4, 4, 12]
    assert hashed["BODY"] == ACCOUNT
    assert len(hashed["HASH"]) == 64
