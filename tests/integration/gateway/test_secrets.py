"""No secret in anything that the gateway says or writes, with every one of them set."""

import logging
from typing import Any

import pytest

from tests.integration.gateway.conftest import Gateway, MakeGateway
from tests.unit.cli.conftest import signal_of

SECRETS: dict[str, Any] = {
    "kis_app_key": "secret-of-the-app-key",
    "kis_app_secret": "secret-of-the-app",
    "kis_account_no": "98765432-01",
    "kiwoom_app_key": "secret-of-kiwooms-key",
    "kiwoom_secret_key": "secret-of-kiwoom",
    "gateway_token": "secret-of-the-gateway",
    "flower_basic_auth": "me:secret-of-flower",
    "notify_urls": "json://receiver.example/secret-of-a-receiver",
}
GETS = (
    "/",
    "/health",
    "/ready",
    "/api/openapi.json",
    "/api/signals",
    "/api/signals/1",
    "/api/signals?limit=none",
    "/api/scans",
    "/api/scans/estimate?market=all",
    "/api/tickers?q=ㅅ",
    "/api/tickers/005930",
    "/api/tickers/005930/bars",
    "/api/quota",
    "/api/system",
    "/nowhere",
)


def everything_said(gateway: Gateway) -> str:
    said = []
    for path in GETS:
        answer = gateway.http.get(path)
        said.append(f"{answer.headers} {answer.text}")
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        answer = gateway.http.post("/api/scans", json={"tickers": ["005930"]}, headers=headers)
        said.append(f"{answer.headers} {answer.text}")
    with gateway.socket() as client:
        said += [str(client.greeting), str(client.next("quota")), str(client.ask(type="ping"))]
    return " ".join(said)


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    return caplog


def test_nothing_that_is_said_or_logged_holds_a_secret(
    make_gateway: MakeGateway, logged: pytest.LogCaptureFixture, redis_url: str
) -> None:
    gateway = make_gateway(**SECRETS)
    gateway.list_shares()
    gateway.find(signal_of(""))

    said = everything_said(gateway)

    kept = [key.decode() for key in gateway.services.redis.scan_iter()]
    for place in (said, logged.text, " ".join(kept)):
        assert "secret-of" not in place
        assert "98765432" not in place


def test_nor_does_it_when_redis_and_database_are_away(
    make_gateway: MakeGateway, logged: pytest.LogCaptureFixture
) -> None:
    gateway = make_gateway(
        redis_url="redis://:secret-of-redis@127.0.0.1:1/0",
        database_url="postgresql://me:secret-of-sql@127.0.0.1:1/none",
    )

    said = " ".join(gateway.http.get(path).text for path in GETS)

    assert "secret-of" not in said
    assert "secret-of" not in logged.text
