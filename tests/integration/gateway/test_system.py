"""How the system is, over HTTP: each part named, whatever else is away."""

from datetime import datetime
from pathlib import Path

import pytest

from app.domain import KOREA, Bar
from app.limiter import Quota
from app.market.bars import Span
from app.view import view_of
from tests.conftest import RedisServer, wait_until
from tests.integration.gateway.conftest import Gateway, MakeGateway
from tests.system import running_system


def parts(gateway: Gateway) -> tuple[int, dict[str, bool]]:
    answer = gateway.http.get("/ready")
    return answer.status_code, {each["name"]: each["ready"] for each in answer.json()["parts"]}


def test_it_is_alive_when_everything_else_is_away(make_gateway: MakeGateway) -> None:
    gateway = make_gateway(redis_url="redis://127.0.0.1:1/0")

    assert gateway.get("/health") == {"status": "alive"}


def test_it_is_not_ready_without_workers_and_beat(gateway: Gateway) -> None:
    away = {"scan_workers": False, "signal_workers": False, "beat": False}
    assert parts(gateway) == (503, {"redis": True, "database": True} | away)
    assert gateway.http.get("/ready").json()["detail"] == (
        "not there: scan_workers, signal_workers, beat"
    )


def test_redis_and_database_say_which_they_are(gateway: Gateway) -> None:
    redis, database, *_ = gateway.http.get("/ready").json()["parts"]

    assert redis["version"][0].isdigit()
    assert database["version"].startswith("SQLite 3.")


def test_workers_that_scan_are_told_apart_from_those_that_keep_signals(
    make_gateway: MakeGateway, tmp_path: Path
) -> None:
    with running_system(tmp_path) as system:
        gateway = make_gateway(redis_url=system.redis.url)

        system.start_worker("scan1", "broker")
        wait_until(lambda: kinds(gateway) == ((1, True), (0, False)))
        told = {each["name"]: each["detail"] for each in gateway.http.get("/ready").json()["parts"]}
        assert told["signal_workers"] == "nobody takes from the queue control and signals"
        system.start_worker("keeper", "signals")
        wait_until(lambda: kinds(gateway) == ((1, True), (1, False)))  # no scan can be started
        system.start_worker("starter", "control")
        wait_until(lambda: kinds(gateway) == ((1, True), (2, True)))


def kinds(gateway: Gateway) -> tuple[tuple[int, bool], ...]:
    """Return how many workers scan, and how many keep signals; and whether they are enough."""
    told, ready = gateway.get("/api/system"), parts(gateway)[1]
    return tuple((told[kind], ready[kind]) for kind in ("scan_workers", "signal_workers"))


def test_beat_is_there_when_the_sweep_has_lately_run(gateway: Gateway) -> None:
    gateway.services.queues.note_sweep(gateway.services.clock())

    assert parts(gateway)[1]["beat"]


def test_redis_away_is_named(make_gateway: MakeGateway, redis_server: RedisServer) -> None:
    gateway = make_gateway(redis_url=redis_server.url)
    redis_server.kill()

    status, ready = parts(gateway)

    assert (status, ready["redis"], ready["database"]) == (503, False, True)
    system = gateway.get("/api/system")
    assert (system["redis"], system["queues"], system["workers"]) == (False, None, [])


def test_a_database_away_is_named_and_its_password_is_not(make_gateway: MakeGateway) -> None:
    gateway = make_gateway(database_url="postgresql://me:a-sql-password@127.0.0.1:1/none")

    status, ready = parts(gateway)
    answer = gateway.http.get("/api/signals")

    assert (status, ready["redis"], ready["database"]) == (503, True, False)
    assert answer.status_code == 503
    assert "a-sql-password" not in answer.text + gateway.http.get("/ready").text


@pytest.mark.parametrize(
    ("settings", "mode"),
    [
        ({}, "mock"),
        ({"kis_base_url": "https://openapivts.koreainvestment.com:29443"}, "paper"),
        (
            {"kis_env": "live", "kis_base_url": "https://openapi.koreainvestment.com:9443"},
            "live",
        ),
    ],
)
def test_the_account_says_whether_its_money_is_real(
    make_gateway: MakeGateway, settings: dict[str, str], mode: str
) -> None:
    gateway = make_gateway(**settings)

    assert gateway.get("/api/system")["broker"] == {"name": "kis", "mode": mode}


def test_a_holiday_is_named_with_what_comes_after_it(make_gateway: MakeGateway) -> None:
    gateway = make_gateway(clock=lambda: datetime(2025, 1, 29, 11, tzinfo=KOREA))

    market = gateway.get("/api/system")["market"]

    assert market == {
        "state": "HOLIDAY",
        "next_event": "OPEN",
        "at": "2025-01-31T09:00:00+09:00",
        "holiday": "설날",
        "holiday_en": "Korean New Year",
    }


def test_the_scans_to_come_have_their_cost(make_gateway: MakeGateway) -> None:
    gateway = make_gateway(clock=lambda: datetime(2025, 2, 28, 14, 40, tzinfo=KOREA))
    gateway.list_shares()

    closing, after_close = gateway.get("/api/system")["schedule"]

    assert (closing["name"], closing["at"]) == ("closing", "2025-02-28T14:50:00+09:00")
    assert closing["strategies"] == ["closing_bet", "volatility_breakout"]
    assert (after_close["tickers"], after_close["calls"]) == (4, 16)  # 3 of bars, 1 of flows each
    assert after_close["seconds"] == 8.0


def test_a_scan_that_repeats_says_from_when_to_when(make_gateway: MakeGateway) -> None:
    gateway = make_gateway(clock=lambda: datetime(2025, 2, 28, 13, 40, tzinfo=KOREA))

    repeats = {each["name"]: each["repeats"] for each in gateway.get("/api/system")["schedule"]}

    assert repeats == {
        "intraday": {
            "first": "2025-02-28T09:30:00+09:00",
            "last": "2025-02-28T14:30:00+09:00",
            "minutes": 60,
        },
        "closing": None,
        "after_close": None,
    }


def test_a_scan_to_come_costs_the_bar_of_its_own_session(make_gateway: MakeGateway) -> None:
    gateway = make_gateway(clock=lambda: datetime(2025, 2, 28, 20, 0, tzinfo=KOREA))
    gateway.list_shares()
    services = gateway.services
    sessions = view_of(services.calendar, None, services.clock()).sessions
    flat = [Bar(session, 100, 100, 100, 100, 1000, 1e5) for session in sessions]
    for ticker in ("005930", "009150", "000660", "293490"):
        services.bars.fill(ticker, Span(sessions[0], sessions[-1]), [flat], final=sessions[-1])

    schedule = gateway.get("/api/system")["schedule"]

    assert {each["at"][:10] for each in schedule} == {"2025-03-04"}  # Monday is a holiday
    calls = {each["name"]: each["calls"] for each in schedule}
    assert (calls["pre_open"], calls["intraday"]) == (0, 4)


def test_flower_is_linked_by_its_address_alone(make_gateway: MakeGateway) -> None:
    gateway = make_gateway(
        flower_url="http://flower.example:5555", flower_basic_auth="me:a-flower-password"
    )

    assert gateway.get("/api/system")["flower"] == "http://flower.example:5555"


def test_flower_that_does_not_answer_is_not_linked(make_gateway: MakeGateway) -> None:
    gateway = make_gateway(flower_port=1)

    assert gateway.get("/api/system")["flower"] is None


def test_the_limit_is_told_as_the_limiter_has_it(gateway: Gateway) -> None:
    services = gateway.services
    waiter = services.limiter.ask("kis:main", Quota(calls=2, window_seconds=10.0))  # of a pause
    services.limiter.give_back(waiter, rejected=True)

    quota = gateway.get("/api/quota")

    assert (quota["name"], quota["limit"], quota["published"]) == ("kis:main", 2.0, 1.0)
    assert (quota["refusals"], quota["in_flight"]) == (1, 0)
    assert quota["pause_seconds"] > 0


def test_the_limit_cannot_be_told_without_redis(make_gateway: MakeGateway) -> None:
    gateway = make_gateway(redis_url="redis://127.0.0.1:1/0")

    answer = gateway.http.get("/api/quota")

    assert answer.status_code == 503
    assert answer.json()["title"] == "Service Unavailable"
