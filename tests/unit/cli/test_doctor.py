import json
from collections import defaultdict
from typing import NamedTuple

import pytest
from redis import Redis

from app.cli import run
from tests.conftest import RedisServer
from tests.unit.cli.conftest import Hands

Capture = pytest.CaptureFixture[str]


class Found(NamedTuple):
    verdict: str
    found: str
    advice: str


def examined(capsys: Capture, *options: str) -> tuple[int, dict[str, Found]]:
    code = run(["doctor", "--json", *options])
    checks = json.loads(capsys.readouterr().out)["checks"]
    return code, {check.pop("about"): Found(**check) for check in checks}


def test_what_fails_or_warns_says_what_to_do(system: Hands, capsys: Capture) -> None:
    code, checks = examined(capsys)

    assert code == 1
    by_verdict = defaultdict(set)
    for about, check in checks.items():
        by_verdict[check.verdict].add(about)
    assert by_verdict["fail"] == {"workers"}
    assert "broker" not in checks
    assert {"append-only file", "beat"} <= by_verdict["warn"]
    fine = {"settings", "rate", "key", "redis", "clock", "database", "calendar"}
    assert fine <= by_verdict["ok"]
    assert all(check.advice for check in checks.values() if check.verdict != "ok")
    assert checks["universe"].found == "3 of 3 tickers are scanned"


def test_a_flower_elsewhere_is_not_looked_for_here(
    system: Hands, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOWER_URL", "http://flower.example:5555")

    _, checks = examined(capsys)

    assert checks["flower"] == ("ok", "http://flower.example:5555, as FLOWER_URL says", "")


def test_without_flower_nothing_is_amiss(
    system: Hands, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOWER_PORT", "1")

    _, checks = examined(capsys)

    assert checks["flower"] == ("ok", "none answers at http://127.0.0.1:1", "")


def test_a_redis_that_throws_messages_away_fails(
    mortal_system: Hands, redis_server: RedisServer, capsys: Capture
) -> None:
    with Redis.from_url(redis_server.url) as redis:
        redis.config_set("maxmemory-policy", "allkeys-lru")

    _, checks = examined(capsys)

    assert checks["eviction"].verdict == "fail"
    assert "noeviction" in checks["eviction"].advice


def test_a_rate_above_the_published_one_is_warned_of(
    system: Hands, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KIS_BASE_URL")
    monkeypatch.setenv("RATE_LIMIT_RPS", "3")

    _, checks = examined(capsys)

    assert checks["rate"].verdict == "warn"
    assert "above the 1 calls a second" in checks["rate"].found


def test_what_is_away_is_said_once_and_the_rest_is_still_looked_at(
    mortal_system: Hands, redis_server: RedisServer, capsys: Capture
) -> None:
    redis_server.kill()

    code, checks = examined(capsys)

    assert code == 3
    assert [about for about, check in checks.items() if check.verdict == "fail"] == ["redis"]
    assert checks["database"].verdict == checks["calendar"].verdict == "ok"


def test_the_broker_is_asked_when_told_to_and_no_secret_is_shown(
    system: Hands, capsys: Capture
) -> None:
    assert run(["doctor", "--broker"]) == 1

    shown = capsys.readouterr().out
    assert "fail  broker            kis:main" in shown
    for secret in ("an-app-key", "an-app-secret"):
        assert secret not in shown


def test_of_another_broker_its_own_variables_are_named(
    system: Hands, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKER", "kiwoom")
    monkeypatch.setenv("KIWOOM_API_URL", "http://127.0.0.1:5116")

    _, checks = examined(capsys)

    assert checks["settings"].found == "kiwoom-paper at http://127.0.0.1:5116"
    assert checks["key"].verdict == "warn"
    assert "KIWOOM_APP_KEY and KIWOOM_SECRET_KEY" in checks["key"].advice
