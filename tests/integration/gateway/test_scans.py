"""Scans over HTTP: how far they are, what one would cost, and starting one."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest

from app.domain import Status
from app.queues import BY_DEFAULT, CONTROL, FOR_A_PERSON, SCHEDULED
from tests.integration.gateway.conftest import FRIDAY_EVENING, Gateway, MakeGateway
from tests.unit.cli.conftest import signal_of


def queued(gateway: Gateway) -> list[dict[str, Any]]:
    """Return the scans that were asked for."""
    redis = gateway.services.redis
    messages = redis.lrange(CONTROL, 0, -1)
    assert isinstance(messages, list)
    return [json.loads(base64.b64decode(json.loads(each)["body"]))[0][0] for each in messages]


def test_a_running_scan_says_how_far_it_is_and_what_went_wrong(gateway: Gateway) -> None:
    scan_id = gateway.begin("005930", "000660", "293490", "009150", calls=8)
    gateway.keep(scan_id, "005930", Status.OK, calls=2, signals=[signal_of(scan_id)])
    gateway.keep(scan_id, "000660", Status.HALTED, reason="no trade on 2025-02-28", calls=2)
    gateway.keep(scan_id, "293490", Status.FAILED, reason="no answer", calls=2)

    [scan] = gateway.get("/api/scans")["scans"]

    assert scan == gateway.get(f"/api/scans/{scan_id}")
    assert (scan["state"], scan["done"], scan["total"], scan["signals"]) == ("running", 3, 4, 1)
    assert scan["seconds_left"] == 1.0  # a quarter of 8 calls, 2 a second
    assert scan["expected_end"] == "2025-02-28T11:00:01Z"
    assert sorted(scan["failed"], key=lambda each: each["status"]) == [
        {"status": "FAILED", "reason": "no answer", "tickers": ["293490"], "may_repeat": True},
        {
            "status": "HALTED",
            "reason": "no trade on 2025-02-28",
            "tickers": ["000660"],
            "may_repeat": False,
        },
    ]


def test_a_scan_that_is_over_has_no_time_left(gateway: Gateway) -> None:
    scan_id = gateway.find(signal_of(""))

    scan = gateway.get(f"/api/scans/{scan_id}")

    assert (scan["state"], scan["seconds_left"], scan["expected_end"]) == ("done", None, None)


def test_a_scan_is_asked_for_and_not_carried_out_here(gateway: Gateway) -> None:
    wanted = {"tickers": ["005930", "000660", "005930"], "strategies": ["vcp"]}

    answer = gateway.http.post("/api/scans", json=wanted)

    assert answer.status_code == 202
    scan_id = answer.json()["id"]
    assert answer.headers["location"] == f"/api/scans/{scan_id}"
    [request] = queued(gateway)
    assert (request["id"], request["tickers"]) == (scan_id, ["005930", "000660"])
    assert (request["strategies"], request["priority"]) == (["vcp"], FOR_A_PERSON)
    assert gateway.http.get(f"/api/scans/{scan_id}").status_code == 404  # until a worker takes it


def test_a_market_goes_behind_tickers_unless_told_otherwise(gateway: Gateway) -> None:
    gateway.http.post("/api/scans", json={"market": "kospi"})
    gateway.http.post("/api/scans", json={"market": "all", "priority": 9, "as_of": "2025-02-27"})

    asked = {each["market"]: each for each in queued(gateway)}
    assert asked["kospi"]["priority"] == BY_DEFAULT
    assert (asked["all"]["priority"], asked["all"]["as_of"]) == (9, "2025-02-27")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "want tickers, like 005930, or a market: one of the two"),
        ({"market": "all", "tickers": ["005930"]}, "one of the two"),
        ({"market": "nasdaq"}, "'all', 'kospi' or 'kosdaq'"),
        ({"tickers": ["5930"]}, "six digits or capital letters, like 005930"),
        ({"tickers": ["005930"], "strategies": ["tea leaves"]}, "no strategy tea leaves"),
        ({"tickers": ["005930"], "priority": -1}, "body.priority"),
        ({"tickers": ["005930"], "as_of": "2025-03-01"}, "2025-03-01 is in the future"),
        ({"tickers": ["005930"], "as_of": "1999-03-01"}, "as_of"),
        ({"tickers": ["005930"], "as_of": "2011-06-01"}, "has no 280 sessions before it"),
        ({"tickers": ["005930"], "orders": True}, "body.orders"),
    ],
)
def test_what_cannot_be_scanned_is_said(
    gateway: Gateway, body: dict[str, object], words: str
) -> None:
    answer = gateway.http.post("/api/scans", json=body)

    assert answer.status_code == 422
    assert words in answer.json()["detail"]
    assert queued(gateway) == []


def test_a_scan_cannot_be_asked_for_while_redis_is_away(make_gateway: MakeGateway) -> None:
    gateway = make_gateway(redis_url="redis://:a-redis-password@127.0.0.1:1/0")

    answer = gateway.http.post("/api/scans", json={"tickers": ["005930"]})

    assert answer.status_code == 503
    assert answer.json()["detail"].startswith("Redis does not answer")
    assert "a-redis-password" not in answer.text


def test_a_scan_is_estimated_by_what_is_stored(gateway: Gateway) -> None:
    gateway.list_shares()
    gateway.begin("293490", priority=SCHEDULED)

    market = gateway.get("/api/scans/estimate", market="kospi", strategy="vcp")
    two = gateway.get("/api/scans/estimate", tickers=["005930", "000660"], strategy="vcp")

    # Nothing is stored: 280 sessions are three pages of 100 bars, at 2 calls a second.
    assert (market["tickers"], market["calls"], market["seconds"]) == (3, 9, 4.5)
    assert (two["tickers"], two["calls"], two["seconds"]) == (2, 6, 3.0)
    assert two["delays"] == [{"name": "test", "seconds": 3.0}]


def test_a_market_is_not_estimated_before_its_shares_are_known(gateway: Gateway) -> None:
    estimate = gateway.get("/api/scans/estimate", market="all")

    assert (estimate["tickers"], estimate["calls"]) == (0, 0)
    assert estimate["reason"] == "the list of shares comes with the first scan"


def test_an_estimate_wants_tickers_or_a_market(gateway: Gateway) -> None:
    answer = gateway.http.get("/api/scans/estimate")

    assert answer.status_code == 422
    assert "one of the two" in answer.json()["detail"]


def test_refusals_of_today_are_those_of_all_its_scans(make_gateway: MakeGateway) -> None:
    now = FRIDAY_EVENING
    gateway = make_gateway(clock=lambda: now)
    for days in (0, 3, 3):
        now = FRIDAY_EVENING + timedelta(days=days)
        gateway.keep(gateway.begin("005930"), "005930", Status.OK, refused=2)

    assert gateway.get("/api/scans", limit=1)["refused_today"] == 4
