"""Who is let in: not another site's page, not without the token, not too much, not too often."""

import json
import socket
from contextlib import closing
from itertools import islice

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from app.gateway.guard import MOST_BODY
from app.queues import CONTROL
from tests.integration.gateway.conftest import Gateway, MakeGateway

SCAN = {"tickers": ["005930"]}
TOKEN = "a-long-random-text"


def asked(gateway: Gateway) -> object:
    return gateway.services.redis.llen(CONTROL)


@pytest.mark.parametrize("sent", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}])
def test_without_the_token_nothing_is_started(
    make_gateway: MakeGateway, sent: dict[str, str]
) -> None:
    gateway = make_gateway(gateway_token=TOKEN)

    answer = gateway.http.post("/api/scans", json=SCAN, headers=sent)

    assert (answer.status_code, asked(gateway)) == (401, 0)
    assert answer.headers["www-authenticate"] == "Bearer"
    assert TOKEN not in answer.text


def test_with_the_token_it_is(make_gateway: MakeGateway) -> None:
    gateway = make_gateway(gateway_token=TOKEN)

    answer = gateway.http.post(
        "/api/scans", json=SCAN, headers={"Authorization": f"Bearer {TOKEN}"}
    )

    assert (answer.status_code, asked(gateway)) == (202, 1)
    assert gateway.get("/api/system")["writes"] == "token"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_page_of_another_site_may_neither_write_nor_read(
    gateway: Gateway, headers: dict[str, str]
) -> None:
    written = gateway.http.post("/api/scans", json=SCAN, headers=headers)
    read = gateway.http.get("/api/signals", headers=headers)

    assert (written.status_code, read.status_code, asked(gateway)) == (403, 403, 0)


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_a_page_of_another_site_may_not_open_a_socket(gateway: Gateway, origin: str) -> None:
    with (
        pytest.raises(InvalidStatus) as refused,
        gateway.socket(additional_headers={"Origin": origin}),
    ):
        pass

    assert refused.value.response.status_code == 403


def test_our_own_page_may(gateway: Gateway) -> None:
    headers = {"Origin": gateway.url, "Sec-Fetch-Site": "same-origin"}

    assert gateway.http.post("/api/scans", json=SCAN, headers=headers).status_code == 202
    with gateway.socket(additional_headers={"Origin": gateway.url}) as client:
        assert client.ask(type="ping")["type"] == "pong"


def test_a_link_on_another_site_leads_here(gateway: Gateway) -> None:
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}

    assert gateway.http.get("/health", headers=followed).status_code == 200
    assert gateway.http.post("/api/scans", json=SCAN, headers=followed).status_code == 403


def test_a_name_that_was_made_to_point_here_is_not_answered(gateway: Gateway) -> None:
    answer = gateway.http.get("/api/signals", headers={"Host": "rebound.example:5111"})

    assert answer.status_code == 421
    assert "'rebound.example:5111'" in answer.json()["detail"]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:5111", "[::1]:5111"])
def test_names_of_this_machine_are_answered(gateway: Gateway, host: str) -> None:
    assert gateway.http.get("/health", headers={"Host": host}).status_code == 200


def test_a_body_that_is_too_long_is_refused(gateway: Gateway) -> None:
    told = gateway.http.post("/api/scans", content=b"[" * (MOST_BODY + 1))
    pieces = (b"[" * 1024 for _ in range(MOST_BODY // 1024 + 1))
    untold = gateway.http.post("/api/scans", content=pieces)

    assert (told.status_code, untold.status_code) == (413, 413)


@pytest.mark.parametrize(
    ("content_type", "body", "words"),
    [
        ("application/json", '{"tickers": [', "no JSON: Expecting value"),
        ("application/json", "[1]", "want a JSON object"),
        ("application/x-www-form-urlencoded", '{"tickers": []}', "Content-Type: application/json"),
        ("application/json", r'{"market": "all", "strategies": ["\ud800"]}', "half a letter"),
        ("application/json", r'{"market": "all", "\ud800": 1}', "valid string"),
    ],
)
def test_a_body_that_cannot_be_used_is_named(
    gateway: Gateway, content_type: str, body: str, words: str
) -> None:
    headers = {"Content-Type": content_type}
    answer = gateway.http.post("/api/scans", content=body, headers=headers)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert words in answer.json()["detail"]


def test_a_client_that_writes_too_often_is_told_to_wait(gateway: Gateway) -> None:
    answers = (gateway.http.post("/api/scans", json=SCAN) for _ in range(1000))
    statuses = [each.status_code for each in islice(answers, 20)]
    refused = next(each for each in answers if each.status_code != 202)

    assert statuses == [202] * 20
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) in (1, 2)
    assert gateway.http.get("/health").status_code == 200


def test_every_answer_says_what_a_browser_may_do_with_it(gateway: Gateway) -> None:
    for path in ("/health", "/api/signals", "/nowhere"):
        headers = gateway.http.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "/nowhere", 404, "no GET /nowhere: /api/openapi.json lists what there is"),
        ("GET", "/static/of-no-version/nothing.js", 404, "nothing"),
        ("DELETE", "/api/signals", 405, "no DELETE /api/signals"),
    ],
)
def test_every_error_has_one_shape(
    gateway: Gateway, method: str, path: str, status: int, words: str
) -> None:
    answer = gateway.http.request(method, path, follow_redirects=True)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json().keys() == {"type", "title", "status", "detail", "errors"}
    assert words in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/", "/health", "/api/signals", "/api/nowhere"])
def test_what_can_be_got_can_be_asked_for_without_its_body(gateway: Gateway, path: str) -> None:
    got, asked = gateway.http.get(path), gateway.http.head(path)

    assert asked.status_code == got.status_code
    assert asked.headers["content-type"] == got.headers["content-type"]
    assert asked.headers["content-length"] == got.headers["content-length"]
    assert asked.content == b""


def test_a_request_that_breaks_off_leaves_the_gateway_well(gateway: Gateway) -> None:
    host, port = gateway.place.split(":")
    with closing(socket.create_connection((host, int(port)))) as half:
        half.sendall(
            f"POST /api/scans HTTP/1.1\r\nHost: {gateway.place}\r\nContent-Length: 100\r\n\r\n"
            '{"tickers"'.encode()
        )

    assert gateway.http.post("/api/scans", json=SCAN).status_code == 202


def test_the_openapi_document_has_an_example_of_every_write(gateway: Gateway) -> None:
    document = gateway.get("/api/openapi.json")

    assert json.dumps(document["components"]["schemas"]["NewScan"]["examples"])
    assert httpx.get(f"{gateway.url}/docs", trust_env=False, timeout=60).status_code == 404
