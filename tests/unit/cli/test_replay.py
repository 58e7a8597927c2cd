import csv
import json
import os
import subprocess
from datetime import date, datetime
from pathlib import Path
from signal import SIGINT

import pytest
import time_machine

from app.cli import run
from app.cli.progress import TickerMeter
from app.domain import Scan, Signal
from app.queues import FOR_A_PERSON
from app.replay.ticker import Job, Stores, replay
from app.strategies.registry import STRATEGIES
from tests.conftest import PATIENCE_SECONDS, wait_until
from tests.system import SCANNER
from tests.unit.cli.conftest import Hands
from tests.unit.replay.market import (
    FIRST,
    LAST,
    MARKET,
    NEWEST,
    PATTERN,
    SESSIONS,
    bars_on,
    plan_of,
    store,
)

PERIOD = ("--from", FIRST.isoformat(), "--to", LAST.isoformat())


@pytest.fixture
def stored(system: Hands) -> Hands:
    """Store the small market; its tickers are those of the universe, and one that is not."""
    for ticker, rows in MARKET.items():
        store(system.services.bars, ticker, bars_on(rows))
    return system


def answer_in(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    answer: dict[str, object] = json.loads(capsys.readouterr().out)
    return answer


def test_a_replay_shows_every_strategy_beside_all_days_that_it_scored(
    stored: Hands, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["replay", *PERIOD]) == 0

    shown = capsys.readouterr().out
    assert shown.startswith(f"{FIRST} to {LAST}: 36 sessions, 4 tickers, ")
    rows = [line.split() for line in shown.splitlines()]
    for name in STRATEGIES:
        assert [name, "all", "days"] in [row[:3] for row in rows]


def test_the_answer_as_json_counts_every_day_of_every_ticker(
    stored: Hands, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["replay", *PERIOD, "--workers", "1", "--json"]) == 0

    answer = json.loads(capsys.readouterr().out)
    assert (answer["from"], answer["to"]) == (FIRST.isoformat(), LAST.isoformat())
    assert (answer["sessions"], answer["tickers"], answer["without_bars"]) == (36, 4, [])
    for counts in answer["statuses"].values():
        assert sum(counts.values()) == 4 * 36
    for name, spreads in answer["all_days"].items():
        assert [each["sessions"] for each in spreads] == [1, 5, 20]
        scored = answer["statuses"][name].get("OK", 0)
        assert {each["known"] + each["unknown"] for each in spreads} == {scored}
    found = sum(row["number"] for row in answer["rows"] if row["grade"] is None)
    assert found == len(answer["signals"]) > 0


def test_a_csv_file_has_a_line_a_signal_that_excel_reads(
    stored: Hands, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["replay", *PERIOD, "--workers", "1", "--csv", "found.csv", "--json"]) == 0

    written = Path("found.csv").read_bytes()
    assert written.startswith(
        b"\xef\xbb\xbfstrategy,ticker,name,market,session,pattern,state,grade"
    )
    lines = list(csv.DictReader(written.decode("utf-8-sig").splitlines()))
    signals = json.loads(capsys.readouterr().out)["signals"]
    assert [(line["ticker"], line["session"]) for line in lines] == [
        (each["ticker"], each["session"]) for each in signals
    ]
    [pattern] = [line for line in lines if line["entry"] == "19110"]
    assert (pattern["name"], pattern["market"], pattern["life"]) == (
        "삼성전자",
        "KOSPI",
        "target_hit",
    )
    assert set(lines[0]) == set(signals[0])


def test_a_report_and_nothing_else_is_left_behind(stored: Hands) -> None:
    before = {path.name for path in Path().iterdir()}

    assert run(["replay", *PERIOD, "--workers", "1", "--html", "report.html"]) == 0

    assert {path.name for path in Path().iterdir()} - before == {"report.html"}
    assert "삼성전자" in Path("report.html").read_text(encoding="utf-8")


def test_a_market_is_replayed_without_the_tickers_that_have_no_bars(
    stored: Hands, capsys: pytest.CaptureFixture[str]
) -> None:
    stored.services.bars.forget("000660")

    assert run(["replay", *PERIOD, "--workers", "1", "--market", "kospi", "--json"]) == 0

    answer = answer_in(capsys)
    assert (answer["tickers"], answer["without_bars"]) == (1, ["000660"])


def test_a_ticker_that_was_named_and_has_no_bars_is_a_problem_and_named(
    stored: Hands, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["replay", PATTERN, "999999", *PERIOD, "--workers", "1"]

    assert run(arguments) == 1
    assert "no bars of the time are stored of 1 ticker: 999999" in capsys.readouterr().out


def test_the_bars_of_an_index_are_no_ticker(
    stored: Hands, capsys: pytest.CaptureFixture[str]
) -> None:
    store(stored.services.bars, "KOSDAQ", bars_on(MARKET[PATTERN]))

    assert run(["replay", *PERIOD, "--workers", "1", "--json"]) == 0
    assert answer_in(capsys)["tickers"] == 4


def test_a_replay_needs_neither_redis_nor_broker(
    stored: Hands, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.delenv("UNIVERSE_CSV")

    assert run(["replay", PATTERN, *PERIOD, "--workers", "1", "--json"]) == 0
    assert answer_in(capsys)["tickers"] == 1
    assert run(["replay", "--market", "all", *PERIOD]) == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--from", "2025-02-03", "--to", "2025-01-02"],
            "--from 2025-02-03 is after --to 2025-01-02",
        ),
        (["--from", "2999-01-04"], "--from: 2999-01-04 is in the future"),
        (["--from", "2025-01-02", "--to", "2999-01-04"], "--to: 2999-01-04 is in the future"),
        (["--from", "2025-01-02", "--to", ""], "--to: '' is not a date like 2025-02-28"),
        (["--from", "soon"], "--from: 'soon' is not a date like 2025-02-28"),
        (["--from", "1999-01-04", "--to", "1999-02-04"], "--from 1999-01-04 --to 1999-02-04: "),
        (["--from", "2025-02-01", "--to", "2025-02-02"], "no session has ended from 2025-02-01"),
        ([*PERIOD, "--strategy", "macd"], "no strategy 'macd': there is vcp, "),
        ([*PERIOD, "--market", "all", "005930"], "not both"),
        ([*PERIOD, "12345"], "'12345' is not a ticker"),
        ([*PERIOD, "--csv", "no/such/folder.csv"], "--csv: "),
        ([*PERIOD, "--html", "."], "--html: "),
        ([*PERIOD, "--workers", "0"], "--workers"),
        ([], "--from"),
        (
            ["--from", "2020-03-02", "--to", "2020-03-31"],
            "no bars from 2020-03-02 to 2020-03-31 are stored",
        ),
    ],
)
def test_bad_input_is_one_line_and_bad_usage(
    stored: Hands, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert run(["replay", *arguments]) == 2

    written = capsys.readouterr()
    assert written.out == ""
    assert said in written.err
    assert written.err.count("\n") == 1


def test_a_replay_from_a_day_on_which_no_session_has_ended_yet_says_so(
    stored: Hands, capsys: pytest.CaptureFixture[str]
) -> None:
    saturday = "2025-03-01"
    with time_machine.travel(datetime.fromisoformat(f"{saturday}T12:00+09:00")):
        assert run(["replay", "--from", saturday]) == 2

    said = f"no session has ended from {saturday} to {saturday}\n"
    assert capsys.readouterr().err.endswith(said)


def test_an_empty_database_says_how_to_get_bars(
    system: Hands, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["replay", *PERIOD]) == 2
    said = f"`scanner scan --market all --as-of {LAST} --wait` fetches a year of them"
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("day", "found"),
    [
        (SESSIONS[-45], ["vcp"]),
        (SESSIONS[-40], ["vcp", "volatility_breakout"]),
        (SESSIONS[-32], ["volatility_breakout"]),
        (SESSIONS[-16], []),
    ],
)
def test_a_replayed_day_is_what_a_scan_as_of_that_day_finds(
    stored: Hands, day: date, found: list[str]
) -> None:
    services = stored.services
    now = services.clock()
    scan = Scan("", "test", day, tuple(STRATEGIES), FOR_A_PERSON, deadline=now, created_at=now)
    stores = Stores(services.bars, services.flows)
    signals: list[Signal] = []
    for ticker, listing in services.scanner.listings().items():
        services.flows.save(ticker, [], final=NEWEST, now=now)  # asked for already: there are none

        scanned = services.scanner.scan(ticker, scan)
        replayed = replay(Job(listing, {}), plan_of(day, day), stores)

        assert scanned.calls == 0
        assert [told(each.signal) for each in replayed.findings] == list(map(told, scanned.signals))
        assert replayed.statuses == {
            name: {result.status: 1} for name, result in scanned.results.items()
        }
        signals += scanned.signals
    assert [each.strategy for each in signals] == found


def told(signal: Signal) -> dict[str, object]:
    """Return all that a signal says, but for who looked."""
    return signal.model_dump(exclude={"scan_id", "source", "calls", "waited_ms"})


def test_ctrl_c_ends_a_replay_in_one_line_and_leaves_nothing(stored: Hands) -> None:
    folder = Path.cwd()
    for number in range(40):
        store(stored.services.bars, f"1{number:05d}", bars_on(MARKET["293490"]))
    arguments = ["replay", *PERIOD, "--csv", "found.csv", "--workers", "2"]
    process = subprocess.Popen(
        [SCANNER, *arguments], stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    wait_until(lambda: any(folder.glob(".found.csv.*.part")))

    os.killpg(process.pid, SIGINT)  # as a terminal does: to all of them
    _, written = process.communicate(timeout=PATIENCE_SECONDS)

    assert process.returncode == 130
    assert written.startswith("scanner: interrupted after ")
    assert written.count("\n") == 1
    assert not list(folder.glob("*found.csv*"))
    wait_until(lambda: not alive(process.pid))


def test_ctrl_c_before_the_first_ticker_is_one_line_as_well(
    stored: Hands, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def start(_: TickerMeter) -> TickerMeter:
        raise KeyboardInterrupt

    monkeypatch.setattr(TickerMeter, "__enter__", start)

    assert run(["replay", *PERIOD, "--csv", "found.csv"]) == 130

    told = "scanner: interrupted after 0 of 4 tickers; nothing was written\n"
    assert capsys.readouterr().err == told
    assert not list(Path.cwd().glob("*found.csv*"))


def alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
