import json
import re
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from app.cli import run
from app.domain import Bar
from app.market.bars import Span
from app.queues import ScanRequest, beat_is_alive
from tests.conftest import RedisServer
from tests.unit.cli.conftest import Hands

Capture = pytest.CaptureFixture[str]


def answer(capsys: Capture) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def test_status_tells_that_no_worker_answers(system: Hands, capsys: Capture) -> None:
    assert run(["status"]) == 1

    shown = capsys.readouterr().out
    assert "none answers: start one with `scanner up`" in shown
    assert "broker 0, signals 0, control 0" in shown


def test_beat_is_alive_when_the_sweep_has_lately_left_its_mark(system: Hands) -> None:
    queues, now = system.services.queues, system.services.clock()
    before, _ = beat_is_alive(queues, now)

    system.services.keeper.sweep()

    assert not before
    assert [beat_is_alive(queues, now + timedelta(seconds=s))[0] for s in (30, 300)] == [
        True,
        False,
    ]


def test_status_tells_programs_times_with_their_zone(system: Hands, capsys: Capture) -> None:
    system.services.keeper.sweep()

    run(["status", "--json"])

    told = answer(capsys)
    swept, coming = told["beat"]["swept"], told["market"]["at"]
    assert all(datetime.fromisoformat(at).tzinfo for at in (swept, coming))
    run(["status"])
    shown = capsys.readouterr().out
    assert re.search(r"last sweep \d.* ago", shown)
    assert coming[:10] in shown


def test_status_lists_running_and_recent_scans(system: Hands, capsys: Capture) -> None:
    system.services.runner.start(ScanRequest(id="mine", name="by hand", market="kospi"))

    run(["status", "--json"])

    [scan] = answer(capsys)["scans"]
    assert (scan["id"], scan["name"], scan["state"]) == ("mine", "by hand", "running")
    assert (scan["done"], scan["total"], scan["planned_requests"]) == (0, 2, 16)


def test_quota_tells_what_was_granted_and_what_is_in_flight(system: Hands, capsys: Capture) -> None:
    services = system.services
    with services.limiter.permit("kis:main", services.quota):
        assert run(["quota", "--json"]) == 0

    told = answer(capsys)
    assert (told["grants"], told["in_flight"], told["limit_per_second"]) == (1, 1, 2.0)


def test_quota_is_told_before_anybody_asked(system: Hands, capsys: Capture) -> None:
    assert run(["quota"]) == 0

    shown = capsys.readouterr().out.split()
    assert shown[shown.index("Limit") + 1 :][:4] == ["2", "in", "1", "s"]


@pytest.mark.parametrize("command", ["status", "quota", "doctor"])
def test_without_redis_a_command_ends_with_exit_3(
    mortal_system: Hands, redis_server: RedisServer, capsys: Capture, command: str
) -> None:
    redis_server.kill()

    assert run([command]) == 3

    written = capsys.readouterr()
    assert "Connection refused" in written.out + written.err
    assert f"redis://127.0.0.1:{redis_server.port}/0" in written.out + written.err


def test_stored_bars_are_shown_with_the_change_of_each(system: Hands, capsys: Capture) -> None:
    sessions = [date(2025, 2, 26), date(2025, 2, 27), date(2025, 2, 28)]
    rows = [
        Bar(s, 99, 110, 90, close, 1000) for s, close in zip(sessions, (100, 110, 99), strict=True)
    ]
    system.services.bars.fill("005930", Span.over(sessions), [rows], final=sessions[-1])

    assert run(["bars", "005930", "--last", "2", "--json"]) == 0

    bars = answer(capsys)["bars"]
    assert [bar["session"] for bar in bars] == ["2025-02-27", "2025-02-28"]
    np.testing.assert_allclose([bar["change"] for bar in bars], [0.10, -0.10])
    assert bars[0]["value"] is None


def test_bars_end_with_the_date_asked_for(system: Hands, capsys: Capture) -> None:
    sessions = [date(2025, 2, 27), date(2025, 2, 28)]
    rows = [Bar(session, 99, 110, 90, 100, 1000) for session in sessions]
    system.services.bars.fill("005930", Span.over(sessions), [rows], final=sessions[-1])

    assert run(["bars", "005930", "--as-of", "2025-02-27"]) == 0

    _, *lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["2025-02-27"]


def test_a_ticker_without_bars_is_a_problem_and_says_what_fetches_them(
    system: Hands, capsys: Capture
) -> None:
    assert run(["bars", "005930"]) == 1
    assert "`scanner scan 005930 --wait` fetches them" in capsys.readouterr().err

    assert run(["bars", "005930", "--as-of", "2024-02-28"]) == 1
    assert "`scanner scan 005930 --as-of 2024-02-28 --wait`" in capsys.readouterr().err
