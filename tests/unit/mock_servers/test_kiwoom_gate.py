"""What a Kiwoom call passes before it is answered: limits, token, api-id, faults."""

import re

import pytest
import requests

from tests.conftest import PATIENCE_SECONDS
from tests.mock_servers.kiwoom.wire import Variant
from tests.unit.mock_servers.conftest import (
    HOUR_SECONDS,
    KiwoomCustomer,
    MockServer,
    an_hour,
    kiwoom,
)

INFO = "/api/dostk/stkinfo"


def code_of(answer: requests.Response) -> tuple[int, str]:
    """Return the class of a failure, and the four digits inside its message."""
    body = answer.json()
    found = re.search(r"\[(\d{4}):", body["return_msg"])
    assert found, body
    return body["return_code"], found[1]


def info(customer: KiwoomCustomer, ticker: str = "005930") -> requests.Response:
    return customer.ask("ka10001", "stkinfo", stk_cd=ticker)


@pytest.mark.parametrize("status", [429, 200])
def test_one_call_too_many_is_refused_with_the_code_inside_the_message(status: int) -> None:
    with kiwoom(api_limit=an_hour(5), variant=Variant(limit_status=status)) as server:
        customer = KiwoomCustomer(server)
        answers = [info(customer) for _ in range(6)]

        refused = answers[-1]
        assert [answer.status_code for answer in answers] == [200] * 5 + [status]
        assert code_of(refused) == (5, "1700")
        assert f"유량={5 / HOUR_SECONDS:g}, API ID=ka10001]" in refused.json()["return_msg"]


def test_each_api_id_has_a_limit_of_its_own_and_the_account_one_over_all() -> None:
    with kiwoom(limit=an_hour(4), api_limit=an_hour(1)) as server:
        customer = KiwoomCustomer(server)  # the first of four calls
        listed, first, second, book = (
            customer.ask("ka10099", "stkinfo", mrkt_tp="0"),
            info(customer),
            info(customer),
            customer.ask("ka10004", "mrkcond", stk_cd="005930"),
        )
        over = customer.ask("ka20006", "chart", inds_cd="001", base_dt="20250228")

        assert [each.status_code for each in (listed, first, second, book, over)] == [
            *(200, 200, 429, 200, 429)
        ]
        report = server.referee()
        assert (report["limit"]["calls"], report["call_limit"]["calls"]) == (4, 1)
        assert (report["total"], report["violations"]) == (6, 2)
        assert report["by_endpoint"]["ka10001"] == 2


def test_the_limit_is_judged_before_token_path_and_body() -> None:
    with kiwoom(limit=an_hour(1)) as server:
        KiwoomCustomer(server)
        refused = requests.post(
            f"{server.url}/api/dostk/chart", data=b"nonsense", timeout=PATIENCE_SECONDS
        )

        assert code_of(refused) == (5, "1700")


def test_a_token_and_its_calls_are_one_account_and_another_key_is_another() -> None:
    with kiwoom() as server:
        info(KiwoomCustomer(server))
        info(KiwoomCustomer(server, key="other"))

        accounts = server.referee()["by_app_key"]
        assert [account["total"] for account in accounts.values()] == [2, 2]


def test_tickers_are_counted_in_batches_too(
    kiwoom_mock: MockServer, kiwoom_customer: KiwoomCustomer
) -> None:
    info(kiwoom_customer, "000660")
    kiwoom_customer.ask("ka10095", "stkinfo", stk_cd="005930|000660")

    assert kiwoom_mock.referee()["by_ticker"] == {"000660": 2, "005930": 1}


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"authorization": "", "api_id": "ka10001"}, (3, "1513")),
        ({"authorization": "Basic abc", "api_id": "ka10001"}, (3, "1514")),
        ({"authorization": "Bearer ", "api_id": "ka10001"}, (3, "1516")),
        ({"authorization": "Bearer unknown", "api_id": "ka10001"}, (3, "8005")),
        ({"authorization": "Bearer unknown", "api_id": "ka99999"}, (3, "8005")),
        ({"api_id": "ka99999"}, (1, "1505")),
        ({"api_id": "ka10081"}, (1, "1504")),
        ({"api_id": "ka10001"}, (2, "1511")),
    ],
)
def test_headers_are_judged_before_the_body_and_the_token_first(
    kiwoom_customer: KiwoomCustomer, headers: dict[str, str], code: tuple[int, str]
) -> None:
    refused = kiwoom_customer.post(INFO, {}, **headers)

    assert refused.status_code == 200
    assert code_of(refused) == code


def test_a_call_at_a_path_of_another_category_is_told_both(
    kiwoom_customer: KiwoomCustomer,
) -> None:
    told = kiwoom_customer.post(INFO, {}, api_id="ka10081").json()["return_msg"]

    assert told.startswith("잘못된 요청입니다[1504:")
    assert told.endswith(f"API ID=ka10081, URI={INFO}]")


def test_a_category_that_no_older_call_shares_needs_an_api_id(
    kiwoom_customer: KiwoomCustomer,
) -> None:
    assert code_of(kiwoom_customer.post("/api/dostk/mrkcond", {"stk_cd": "005930"})) == (1, "1501")


def test_every_answer_names_call_and_page_in_its_headers(kiwoom_customer: KiwoomCustomer) -> None:
    for answer in (info(kiwoom_customer), kiwoom_customer.ask("ka10001", "stkinfo")):
        assert answer.headers["api-id"] == "ka10001"
        assert (answer.headers["cont-yn"], answer.headers["next-key"]) == ("N", "")
        assert answer.headers["access-control-expose-headers"] == "api-id,cont-yn,next-key"
        assert answer.headers["content-type"] == "application/json;charset=UTF-8"


def test_an_unknown_path_is_404_in_the_words_of_the_server_s_framework(
    kiwoom_mock: MockServer,
) -> None:
    answer = requests.post(
        kiwoom_mock.url + "/api/dostk/nowhere", json={}, timeout=PATIENCE_SECONDS
    )

    assert answer.status_code == 404
    told = answer.json()
    assert (told["status"], told["error"], told["path"]) == (
        *(404, "Not Found", "/api/dostk/nowhere"),
    )
    assert told["detail"] == "Not Found"


def test_codes_are_texts_for_those_who_want_them() -> None:
    with kiwoom(variant=Variant(text_codes=True)) as server:
        customer = KiwoomCustomer(server)

        assert customer.login.json()["return_code"] == "0"
        assert info(customer).json()["return_code"] == "0"
        assert info(customer, "999999").json()["return_code"] == "2"


def test_refusals_by_fault_are_no_violations(
    kiwoom_mock: MockServer, kiwoom_customer: KiwoomCustomer
) -> None:
    kiwoom_mock.add_fault("rate_refusal", endpoint="ka10001", count=1)

    assert code_of(info(kiwoom_customer)) == (5, "1700")
    assert info(kiwoom_customer).json()["return_code"] == 0
    report = kiwoom_mock.referee()
    assert (report["refused"], report["violations"]) == (1, 0)


@pytest.mark.parametrize("status", [500, 502, 503])
def test_trouble_comes_with_its_status(
    kiwoom_mock: MockServer, kiwoom_customer: KiwoomCustomer, status: int
) -> None:
    kiwoom_mock.add_fault("error_5xx", status=status, ticker="005930")

    troubled = info(kiwoom_customer)
    assert (troubled.status_code, troubled.json()["status"]) == (status, status)
    assert info(kiwoom_customer, "000660").status_code == 200


def test_a_firewall_answers_with_a_page(
    kiwoom_mock: MockServer, kiwoom_customer: KiwoomCustomer
) -> None:
    kiwoom_mock.add_fault("firewall", count=1)

    stopped = info(kiwoom_customer)
    assert (stopped.status_code, stopped.headers["content-type"][:9]) == (400, "text/html")
    assert stopped.text.startswith("<html>")


def test_a_token_expired_by_a_fault_stays_so_and_a_new_one_works(
    kiwoom_mock: MockServer, kiwoom_customer: KiwoomCustomer
) -> None:
    kiwoom_mock.add_fault("expired_token", count=1)

    assert [code_of(info(kiwoom_customer)) for _ in range(2)] == [(3, "8005")] * 2
    assert info(KiwoomCustomer(kiwoom_mock)).json()["return_code"] == 0


@pytest.mark.parametrize("where", ["before", "body"])
def test_a_connection_can_be_cut(
    kiwoom_mock: MockServer, kiwoom_customer: KiwoomCustomer, where: str
) -> None:
    kiwoom_mock.add_fault("cut", where=where, count=1)

    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        info(kiwoom_customer)
    assert info(kiwoom_customer).status_code == 200
