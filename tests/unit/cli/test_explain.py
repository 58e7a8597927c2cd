import json
from datetime import date
from pathlib import Path

import pytest

from app.cli import run
from app.domain import Bar
from app.strategies.registry import STRATEGIES
from tests.unit.cli.conftest import Hands
from tests.unit.replay.market import MARKET, NEWEST, PATTERN, SESSIONS, bars_on, store
from tests.unit.strategies.examples import vcp_rows

AS_OF = ("--as-of", NEWEST.isoformat())


@pytest.fixture
def pattern(system: Hands) -> Hands:
    """Store a VCP that is ready on the newest session, with flows asked for: there are none."""
    return with_bars(system, bars_on(vcp_rows()))


def with_bars(system: Hands, rows: list[Bar]) -> Hands:
    store(system.services.bars, PATTERN, rows)
    now = system.services.clock()
    system.services.flows.save(PATTERN, [], final=NEWEST, now=now)
    return system


def shown_by(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    assert run(["explain", PATTERN, *AS_OF, *arguments]) == code
    return capsys.readouterr().out


def test_a_pattern_is_explained_with_all_that_it_rests_on(
    pattern: Hands, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = shown_by(capsys, "--strategy", "vcp")

    assert shown.startswith("005930 삼성전자  KOSPI · session 2025-02-28 · 280 bars\n")
    words = " ".join(shown.split())
    assert "VCP SETUP S 91.65 signal, actionable" in words
    assert "contraction 29.46 of 30" in words
    assert "Entry 19,110" in words
    assert "Stop 17,950 -6.07% -1.00 R" in words
    assert "Target 21,400 +11.98% +1.97 R" in words
    assert "R = 1,160" in words
    assert "✓ trend 7 ≥ 6" in words
    assert "19,095" in words
    assert "-12.74%" in words


def test_pull_backs_are_a_table_and_stand_in_the_picture(
    pattern: Hands, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = shown_by(capsys, "--strategy", "vcp").splitlines()

    at = next(n for n, line in enumerate(lines) if line.startswith("Pull-back"))
    assert [line.split()[0] for line in lines[at + 1 : at + 4]] == ["1", "2", "3"]
    assert lines[at + 1].split()[2] == "20,100"
    assert any("2 −12.7%" in line for line in lines[:at])
    assert any(line.endswith("19,110 entry, pivot") for line in lines[:at])


def test_in_a_pipe_nothing_is_coloured(pattern: Hands, capsys: pytest.CaptureFixture[str]) -> None:
    assert "\x1b" not in shown_by(capsys)


def test_all_strategies_are_explained_when_none_is_named(
    pattern: Hands, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = shown_by(capsys)

    for strategy in STRATEGIES.values():
        assert any(line.startswith(f"{strategy.title}  ") for line in shown.splitlines())
    assert "Smart money  INSUFFICIENT_DATA  no investor flow of" in shown


def test_a_ticker_without_a_pattern_is_told_which_gates_failed(
    system: Hands, capsys: pytest.CaptureFixture[str]
) -> None:
    with_bars(system, bars_on(MARKET["293490"]))

    shown = " ".join(shown_by(capsys).split())

    assert "no signal" in shown
    assert "✗ " in shown
    assert "NO_PATTERN" in shown or "VCP FORMING" in shown


def test_a_halted_ticker_is_explained_by_its_status(
    system: Hands, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = bars_on(vcp_rows())
    rows[-1] = Bar(NEWEST, 0, 0, 0, rows[-1].close, 0, 0)
    with_bars(system, rows)

    shown = shown_by(capsys, "--strategy", "vcp")

    assert "VCP  HALTED  no trade on 2025-02-28" in shown


def test_the_answer_as_json_has_facts_points_and_parameters(
    pattern: Hands, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = json.loads(shown_by(capsys, "--strategy", "vcp", "--json"))

    [vcp] = answer["strategies"]
    assert (answer["ticker"], answer["last_bar_date"]) == (PATTERN, "2025-02-28")
    assert (vcp["status"], vcp["state"], vcp["signal"]) == ("OK", "SETUP", True)
    assert vcp["score"] == pytest.approx(91.65, abs=0.005)
    assert sum(vcp["points"].values()) == 100
    assert len(vcp["facts"]["contractions"]) == 3
    assert vcp["parameters"]["trend"] == 6
    assert vcp["changed_parameters"] == {}


def test_parameters_that_are_not_the_default_are_named(
    pattern: Hands, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("mine.toml").write_text("[vcp]\ndry = 0.1\n", encoding="utf-8")
    monkeypatch.setenv("STRATEGY_FILE", "mine.toml")

    shown = shown_by(capsys, "--strategy", "vcp")

    assert "Parameters not at their default: dry = 0.1" in shown
    assert "no signal" in shown


def test_an_earlier_day_is_explained_by_what_was_known_then(
    pattern: Hands, capsys: pytest.CaptureFixture[str]
) -> None:
    day = SESSIONS[-8]
    assert run(["explain", PATTERN, "--as-of", day.isoformat(), "--strategy", "vcp", "--json"]) == 0

    answer = json.loads(capsys.readouterr().out)
    assert answer["last_bar_date"] == day.isoformat()
    sessions = [leg["low_session"] for leg in answer["strategies"][0]["facts"]["contractions"]]
    assert all(date.fromisoformat(session) <= day for session in sessions)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((PATTERN, "--strategy", "macd"), 2, "no strategy 'macd': there is vcp, "),
        (("12345",), 2, "'12345' is not a ticker"),
        ((PATTERN, "--as-of", "2999-01-04"), 2, "--as-of: 2999-01-04 is in the future"),
        ((PATTERN, "--as-of", "1999-01-04"), 2, "--as-of: 1999-01-04 has no 280 sessions before"),
        ((PATTERN, "--as-of", "2011-06-01"), 2, "--as-of: 2011-06-01 has no 280 sessions before"),
        ((PATTERN, "--as-of", ""), 2, "--as-of: '' is not a date like 2025-02-28"),
        (("999999", *AS_OF), 1, "999999 is not in the universe"),
        (("000660", *AS_OF), 3, "what is stored needs no broker"),
    ],
)
def test_what_cannot_be_explained_is_one_line(
    pattern: Hands,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    code: int,
    said: str,
) -> None:
    assert run(["explain", *arguments]) == code

    written = capsys.readouterr()
    assert written.out == ""
    assert said in written.err
