"""What every call passes, over real HTTP: the referee, the delay, the faults."""

import socket
import time
from urllib.parse import urlsplit

import pytest
import requests

from tests.conftest import PATIENCE_SECONDS
from tests.unit.mock_servers.conftest import Customer, MockServer, an_hour, kis


def test_one_call_too_many_is_refused_with_http_500_and_the_right_code() -> None:
    with kis(limit=an_hour(2)) as server:
        customer = Customer(server)  # the token was the first call
        second, third = customer.price(), customer.price()

        assert second.status_code == 200
        assert third.status_code == 500
        assert third.json()["rt_cd"] == "1"
        assert third.json()["msg_cd"] == "EGW00201"
        report = server.referee()
        assert (report["total"], report["refused"], report["violations"]) == (3, 1, 1)
        assert report["greatest"] == 3


def test_the_referee_judges_before_token_path_and_parameters() -> None:
    with kis(limit=an_hour(1)) as server:
        Customer(server)
        refused = requests.get(
            server.url + "/no/such/path", headers={"appkey": "key"}, timeout=PATIENCE_SECONDS
        )

        assert refused.json()["msg_cd"] == "EGW00201"


def test_token_master_files_and_unknown_paths_are_calls_and_control_paths_are_none(
    mock: MockServer,
) -> None:
    mock.control("GET", "/health")
    mock.control("GET", "/_planted")
    Customer(mock).get("/common/master/kospi_code.mst.zip", "")
    requests.get(mock.url + "/nowhere", timeout=60)

    report = mock.referee()
    assert report["by_endpoint"] == {
        "/oauth2/tokenP": 1,
        "/common/master/kospi_code.mst.zip": 1,
        "/nowhere": 1,
    }
    assert len(report["by_app_key"]) == 1


def test_the_front_page_says_that_it_runs(mock: MockServer) -> None:
    told = mock.control("GET", "/")

    assert (told["service"], told["status"]) == ("Mock KIS Open API", "running")
    assert mock.referee()["total"] == 0


def test_calls_are_counted_by_ticker(mock: MockServer, customer: Customer) -> None:
    customer.chart("005930")
    customer.price("005930")
    customer.price("000660")

    assert mock.referee()["by_ticker"] == {"005930": 2, "000660": 1}


def test_half_of_the_delay_lies_before_the_arrival_and_half_after() -> None:
    with kis(latency_ms=100) as server:
        customer = Customer(server)
        server.control("DELETE", "/_referee")
        sent = time.time()
        customer.price()
        answered = time.time()

        arrived = server.referee()["first"]
        assert arrived - sent >= 0.05
        assert answered - arrived >= 0.05
        assert server.referee()["mean_delay_ms"] >= 100


def test_standard_headers_are_capitalised_on_the_wire_and_the_broker_s_are_not(
    mock: MockServer,
) -> None:
    address = urlsplit(mock.url)
    with socket.create_connection(
        (address.hostname, address.port), timeout=PATIENCE_SECONDS
    ) as raw:
        raw.sendall(b"GET /uapi//x HTTP/1.1\r\nHost: x\r\ntr_id: FHKST01010100\r\n\r\n")
        head = raw.recv(4096).partition(b"\r\n\r\n")[0]

    status, *lines = head.decode().split("\r\n")
    names = [line.partition(":")[0] for line in lines]
    assert status == "HTTP/1.1 404 Not Found"
    assert sorted(names) == [
        "Content-Length",
        "Content-Type",
        "Date",
        "gt_uid",
        "tr_cont",
        "tr_id",
    ]
    assert "tr_id: FHKST01010100" in lines


def test_a_fault_strikes_as_often_as_asked_and_only_where_asked(
    mock: MockServer, customer: Customer
) -> None:
    mock.add_fault("error_5xx", endpoint="inquire-price", ticker="005930", count=2, status=502)

    assert customer.chart("005930").status_code == 200
    assert customer.price("000660").status_code == 200
    assert [customer.price("005930").status_code for _ in range(3)] == [502, 502, 200]
    assert mock.control("GET", "/_faults")[0]["struck"] == 2


def test_a_share_of_the_calls_is_drawn_from_its_seed(mock: MockServer, customer: Customer) -> None:
    def refused() -> list[bool]:
        mock.control("DELETE", "/_faults")
        mock.add_fault("rate_refusal", share=0.3, seed=7)
        return [customer.price().status_code == 500 for _ in range(30)]

    first = refused()

    assert first == refused()
    assert 3 <= sum(first) <= 15


def test_a_refusal_asked_for_is_counted_as_refused_and_not_as_a_violation(
    mock: MockServer, customer: Customer
) -> None:
    mock.add_fault("rate_refusal", endpoint="FHKST01010100", count=1)

    assert customer.price().json()["msg_cd"] == "EGW00201"
    report = mock.referee()
    assert (report["total"], report["refused"], report["violations"]) == (1, 1, 0)


def test_an_expired_token_stays_expired_and_a_new_one_can_be_had_at_once(
    mock: MockServer, customer: Customer
) -> None:
    mock.add_fault("expired_token", count=1)
    mock.add_fault("expired_token", endpoint="tokenP")  # which carries none: nothing to expire

    for _ in range(2):
        expired = customer.price()
        assert (expired.status_code, expired.json()["msg_cd"]) == (500, "EGW00123")
    assert Customer(mock).price().status_code == 200


def test_a_timeout_holds_the_answer_back(mock: MockServer, customer: Customer) -> None:
    mock.add_fault("timeout", count=1, seconds=0.3)
    started = time.monotonic()

    assert customer.price().status_code == 200
    assert time.monotonic() - started >= 0.3


@pytest.mark.parametrize("where", ["before", "body"])
def test_a_cut_ends_the_connection_without_a_whole_answer(
    mock: MockServer, customer: Customer, where: str
) -> None:
    mock.add_fault("cut", where=where, count=1)

    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        customer.price()
    assert customer.price().status_code == 200
    assert mock.referee()["total"] == 2


def test_broken_json_comes_with_http_200(mock: MockServer, customer: Customer) -> None:
    mock.add_fault("broken_json", count=1)
    broken = customer.price()

    assert broken.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        broken.json()


@pytest.mark.parametrize(
    ("fault", "field"),
    [
        ({"kind": "earthquake"}, "kind"),
        ({"kind": "cut", "share": 1.5}, "share"),
        ({"kind": "error_5xx", "status": 200}, "status"),
        ({"kind": "timeout", "minutes": 1}, "minutes"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_by_name(
    mock: MockServer, fault: dict[str, object], field: str
) -> None:
    refused = requests.post(mock.url + "/_faults", json=fault, timeout=60)

    assert refused.status_code == 422
    assert refused.json()["detail"][0]["loc"][-1] == field
    assert mock.control("GET", "/_faults") == []
