"""Signals over HTTP: filters, pages, what the client has already, one with its history."""

from datetime import date

import pytest

from app.domain import Life
from tests.integration.gateway.conftest import Gateway, MakeGateway
from tests.unit.cli.conftest import signal_of


def tickers(page: dict[str, list[dict[str, str]]]) -> list[str]:
    return [signal["ticker"] for signal in page["signals"]]


def test_a_signal_is_told_with_its_life_and_the_points_it_could_have(gateway: Gateway) -> None:
    gateway.find(signal_of("", facts={"pivot": 72_500.0}))

    [signal] = gateway.get("/api/signals")["signals"]

    assert (signal["ticker"], signal["life"], signal["entry"]) == ("005930", "new", 72_600)
    assert signal["facts"] == {"pivot": 72_500.0}
    assert sum(signal["points"].values()) == 100
    assert signal["found_at"] == signal["changed_at"] == "2025-02-28T11:00:00Z"
    assert signal["standing"]["found_on"] == "2025-02-28"


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({"strategy": "vcp"}, {"005930", "000660"}),
        ({"strategy": ["vcp", "closing_bet"]}, {"005930", "000660", "293490"}),
        ({"grade": "S"}, {"005930"}),
        ({"ticker": "000660"}, {"000660"}),
        ({"state": "at_close"}, {"293490"}),
        ({"life": "open"}, {"005930", "000660", "293490"}),
        ({"life": "stopped"}, set()),
        ({"since": "2025-02-28", "until": "2025-02-28"}, {"005930", "293490"}),
        ({"q": "하이닉"}, {"000660"}),
        ({"q": "0006"}, {"000660"}),
        ({"q": "ㅅㅅㅈ"}, {"005930"}),
        ({"q": "%"}, set()),
        ({"q": "\0하이닉"}, {"000660"}),
    ],
)
def test_signals_are_filtered(gateway: Gateway, query: dict[str, str], wanted: set[str]) -> None:
    gateway.list_shares()
    gateway.find(
        signal_of("", "005930", 86.1),
        signal_of("", "000660", 66.0, name="SK하이닉스", last_bar=date(2025, 2, 27)),
        signal_of(
            "", "293490", 70.0, name="카카오게임즈", strategy="closing_bet", state="AT_CLOSE"
        ),
    )

    assert set(tickers(gateway.get("/api/signals", **query))) == wanted


def test_pages_follow_each_other_without_a_gap_or_a_repeat(gateway: Gateway) -> None:
    codes = [f"{number:06}" for number in range(1, 8)]
    for code in codes:
        gateway.find(signal_of("", code))

    seen, cursor = [], None
    while True:
        page = gateway.get("/api/signals", limit=3, **({"cursor": cursor} if cursor else {}))
        seen += tickers(page)
        cursor = page["next"]
        if cursor is None:
            break

    assert seen == codes[::-1]


def test_a_client_that_has_them_already_is_sent_nothing(gateway: Gateway) -> None:
    gateway.find(signal_of(""))
    tag = gateway.http.get("/api/signals").headers["etag"]

    again = gateway.http.get("/api/signals", headers={"If-None-Match": tag})
    gateway.find(signal_of("", "000660"))
    later = gateway.http.get("/api/signals", headers={"If-None-Match": tag})

    assert (again.status_code, again.content) == (304, b"")
    assert later.status_code == 200


def test_one_signal_comes_with_its_changes_the_newest_first(gateway: Gateway) -> None:
    gateway.find(signal_of(""))
    gateway.find(signal_of("", score=92.0, state="TRIGGERED"))
    [signal] = gateway.get("/api/signals")["signals"]

    one = gateway.get(f"/api/signals/{signal['id']}")

    assert [(each["kind"], each["state"]) for each in one["history"]] == [
        ("changed", "TRIGGERED"),
        ("new", "SETUP"),
    ]
    assert one["history"][0]["life"] == Life.NEW


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/api/signals/999", 404, "there is no signal 999"),
        ("/api/signals/nought", 422, "path.signal_id"),
        ("/api/signals?limit=0", 422, "query.limit"),
        ("/api/signals?cursor=rubbish", 422, "is not the `next` of a page"),
        ("/api/signals?strategy=astrology", 422, "no strategy astrology: there are vcp"),
        ("/api/signals?ticker=59", 422, "six digits or capital letters, like 005930"),
        ("/api/signals?state=bliss", 422, "there is no 'bliss': there are AT_CLOSE, BOTH_BUY"),
        ("/api/signals?life=eternal", 422, "there is no 'eternal': there are new"),
        ("/api/signals?since=yesterday", 422, "query.since"),
        ("/api/signals?gread=S", 422, "query.gread"),
    ],
)
def test_what_cannot_be_used_is_named(gateway: Gateway, path: str, status: int, words: str) -> None:
    answer = gateway.http.get(path)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert words in problem["detail"]
    assert problem["status"] == status


def test_without_redis_the_kept_signals_are_there_all_the_same(make_gateway: MakeGateway) -> None:
    gateway = make_gateway(redis_url="redis://127.0.0.1:1/0")

    assert gateway.get("/api/signals") == {"signals": [], "next": None}
    assert gateway.get("/api/signals", q="삼성")["signals"] == []
