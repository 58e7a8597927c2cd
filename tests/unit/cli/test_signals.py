import json
from concurrent.futures import Future
from datetime import UTC, date, datetime

import pytest

from app.cli import run
from app.cli.report import line
from app.cli.up import scan_the_demo
from app.domain import Bar, Outcome, Status
from app.market.bars import Span
from app.queues import BY_DEFAULT, ScanRequest
from tests.conftest import PATIENCE_SECONDS, RedisServer, wait_until
from tests.unit.cli.conftest import Hands, signal_of


def tickers(written: str) -> list[str]:
    return [signal["ticker"] for signal in json.loads(written)["signals"]]


def test_kept_signals_come_newest_session_first_then_best_first(
    system: Hands, capsys: pytest.CaptureFixture[str]
) -> None:
    system.find(
        signal_of("", "005930", 60.0),
        signal_of("", "000660", 90.0),
        signal_of("", "293490", 99.0, last_bar=date(2025, 2, 27)),
    )

    assert run(["signals", "--json"]) == 0
    assert tickers(capsys.readouterr().out) == ["000660", "005930", "293490"]


@pytest.mark.parametrize(
    ("filters", "left"),
    [
        (["--grade", "s", "--grade", "A"], ["000660"]),
        (["--ticker", "005930"], ["005930"]),
        (["--strategy", "volatility_breakout"], []),
        (["--since", "2025-03-01"], []),
        (["--until", "2025-02-27"], []),
        (["--until", "2025-02-28", "--since", "2025-02-28"], ["000660", "005930"]),
        (["--state", "forming"], ["005930"]),
        (["--state", "SETUP", "--state", "FORMING"], ["000660", "005930"]),
        (["--life", "open"], ["000660", "005930"]),
        (["--life", "new", "--life", "stopped"], ["000660", "005930"]),
        (["--life", "stopped"], []),
        (["--limit", "1"], ["000660"]),
    ],
)
def test_signals_are_filtered(
    system: Hands, capsys: pytest.CaptureFixture[str], filters: list[str], left: list[str]
) -> None:
    system.find(signal_of("", "005930", 60.0, state="FORMING"), signal_of("", "000660", 90.0))

    assert run(["signals", "--json", *filters]) == 0
    assert tickers(capsys.readouterr().out) == left


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--life", "dead"], "--life: no 'dead': there is new, active, triggered, target_hit,"),
        (["--state", "setups"], "--state: no 'setups': there is NO_PATTERN, FORMING, SETUP,"),
        (["--since", "2025-03-01", "--until", "2025-02-28"], "2025-03-01 is after --until 2025-02"),
        (["--until", "yesterday"], "--until: 'yesterday' is not a date like 2025-02-28"),
        (["--since", ""], "--since: '' is not a date like 2025-02-28"),
        (["--export", "xlsx"], "--export: no 'xlsx': there is csv, json, parquet"),
        (["--export", ""], "--export: no '': there is csv, json, parquet"),
        (["--export", "csv", "--follow"], "--follow and --export exclude each other"),
        (["--export", "json", "--json"], "--export json writes JSON"),
        (["--output", "a.csv"], "--output is for --export csv, json or parquet"),
        (["--export", "parquet"], "--export parquet needs a file: --output signals.parquet"),
        (["--export", "csv", "--output", "."], "is no file"),
        (["--export", "csv", "--output", "no/such/a.csv"], "cannot be written: No such file"),
    ],
)
def test_what_cannot_be_shown_is_one_line_and_exit_2(
    system: Hands, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert run(["signals", *arguments]) == 2

    written = capsys.readouterr()
    assert written.out == ""
    assert written.err.count("\n") == 1
    assert said in written.err


def test_the_list_shows_what_has_become_of_a_signal(
    system: Hands, capsys: pytest.CaptureFixture[str]
) -> None:
    system.find(signal_of("", "005930"))

    assert run(["signals"]) == 0
    head, row = capsys.readouterr().out.splitlines()
    assert row.split()[head.split().index("Life") + 1] == "new"  # the grade has no title

    assert run(["signals", "--json"]) == 0
    (signal,) = json.loads(capsys.readouterr().out)["signals"]
    assert (signal["life"], signal["found_on"]) == ("new", "2025-02-28")
    assert signal["terms"] == {"waits": 20, "holds": 60}


def hit_its_target(system: Hands) -> None:
    """Keep a signal whose next bar reaches entry and target."""
    found = signal_of("", "005930", price=71_200.0)
    system.find(found)
    rows = [
        Bar(date(2025, 2, 28), 71_000, 71_500, 70_900, 71_200, 1.0),
        Bar(date(2025, 3, 4), 71_300, 84_000, 71_000, 83_500, 1.0),
    ]
    span = Span(rows[0].session, rows[-1].session)
    system.services.bars.fill("005930", span, [rows], final=span.last)
    system.services.runner.start(ScanRequest(id="later", tickers=["005930"]))
    later = Outcome(scan_id="later", ticker="005930", status=Status.OK, last_bar=span.last)
    system.keep(later)


def test_the_history_says_what_became_of_a_signal_and_when(
    system: Hands, capsys: pytest.CaptureFixture[str]
) -> None:
    hit_its_target(system)

    assert run(["signals", "--changes", "--ticker", "005930"]) == 0
    _, found, hit = capsys.readouterr().out.splitlines()
    assert " new " in found
    assert "2025-03-04" in hit
    assert "target_hit" in hit
    assert "+14.60%" in hit
    assert "high 84,000 on the bar of the entry" in hit

    assert run(["signals", "--changes", "--json"]) == 0
    _, last = json.loads(capsys.readouterr().out)["changes"]
    assert last["kind"] == "target_hit"
    assert last["signal"]["gain"] == pytest.approx(83_200 / 72_600 - 1)
    assert run(["signals", "--changes", "--life", "open", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["changes"] == []


def test_a_change_that_is_followed_says_its_kind(
    mortal_system: Hands, redis_server: RedisServer, capsys: pytest.CaptureFixture[str]
) -> None:
    called = mortal_system.call("signals", "--follow", "--life", "target_hit")
    written = Written(capsys)
    wait_until(lambda: written.has("Following"))

    hit_its_target(mortal_system)
    wait_until(lambda: written.has("target_hit"))

    redis_server.kill()
    assert called.result(PATIENCE_SECONDS) == 3
    assert len(written.out.splitlines()) == 1


def test_no_signals_is_no_error_and_says_what_finds_some(
    system: Hands, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["signals"]) == 0

    written = capsys.readouterr()
    assert written.out == ""
    assert "scanner scan --market all --wait" in written.err


class Written:
    """What has been written so far, read again and again."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.out = self.err = ""

    def has(self, text: str) -> bool:
        more = self._capsys.readouterr()
        self.out += more.out
        self.err += more.err
        return text in self.out + self.err


def test_new_signals_are_followed_until_redis_goes_away(
    mortal_system: Hands, redis_server: RedisServer, capsys: pytest.CaptureFixture[str]
) -> None:
    system = mortal_system
    system.find(signal_of("", "005930"))
    called = system.call("signals", "--follow", "--grade", "S")
    written = Written(capsys)
    wait_until(lambda: written.has("Following"))

    system.find(signal_of("", "000660", 50.0), signal_of("", "293490", 90.0))
    wait_until(lambda: written.has("293490"))

    redis_server.kill()
    assert called.result(PATIENCE_SECONDS) == 3
    assert [line.split()[2] for line in written.out.splitlines()] == ["005930", "293490"]


def test_the_demo_shows_its_signals_as_they_come_and_a_summary(system: Hands) -> None:
    said: list[str] = []
    settings = system.services.settings
    called: Future[None] = system.beside(
        lambda: scan_the_demo(settings, said.append, as_json=False)
    )
    request = system.start()

    assert (request.name, request.market) == ("demo", "all")
    assert request.priority == BY_DEFAULT  # what somebody scans meanwhile goes first
    for ticker in ("005930", "000660", "293490"):
        found = [signal_of(request.id, ticker)]
        system.keep(Outcome(scan_id=request.id, ticker=ticker, status=Status.OK, signals=found))
    called.result(PATIENCE_SECONDS)

    begin, *lines, summary = said
    assert begin.startswith(f"Demo. Scan {request.id}: 3 tickers, about ")
    assert {line.split()[2] for line in lines} == {"005930", "000660", "293490"}
    assert summary.startswith("3 tickers: 3 scored · 3 signals")


def test_the_demo_as_json_is_a_signal_a_line_and_the_whole_scan_at_its_end(
    system: Hands, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = system.services.settings
    called = system.beside(lambda: scan_the_demo(settings, lambda _line: None, as_json=True))
    request = system.start()
    for ticker in ("005930", "000660", "293490"):
        found = [signal_of(request.id, ticker)]
        system.keep(Outcome(scan_id=request.id, ticker=ticker, status=Status.OK, signals=found))
    called.result(PATIENCE_SECONDS)

    *signals, scan = map(json.loads, capsys.readouterr().out.splitlines())
    assert {signal["ticker"] for signal in signals} == {"005930", "000660", "293490"}
    assert (scan["scan"]["name"], scan["counts"]["scored"]) == ("demo", 3)


def test_a_demo_that_cannot_be_scanned_is_one_line(system: Hands) -> None:
    said: list[str] = []
    settings = system.services.settings
    called = system.beside(lambda: scan_the_demo(settings, said.append, as_json=False))
    system.services.keeper.fail_scan(system.take_request(), "HTTP 500")
    called.result(PATIENCE_SECONDS)

    assert said == ["The demo scan ended: the scan could not be started: HTTP 500"]


def test_a_signal_without_levels_has_room_for_its_reason() -> None:
    at = datetime(2025, 2, 28, 7, tzinfo=UTC)
    bare = signal_of("", entry=None, target=None, stop=None)

    told, full = (" ".join(line(signal, at).split()) for signal in (bare, signal_of("")))

    start = "02-28 16:00:00 005930 삼성전자 vcp S 86.1 SETUP 71,200 +1.23%"
    assert told == f"{start} {bare.reason}"
    assert full == f"{start} entry 72,600 target 83,200 stop 67,300 {bare.reason}"
