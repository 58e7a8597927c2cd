import json
from concurrent.futures import Future
from datetime import date

import pytest

from app.cli import run
from app.cli.up import scan_the_demo
from app.domain import Outcome, Status
from tests.conftest import RedisServer, wait_until
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
        (["--limit", "1"], ["000660"]),
    ],
)
def test_signals_are_filtered(
    system: Hands, capsys: pytest.CaptureFixture[str], filters: list[str], left: list[str]
) -> None:
    system.find(signal_of("", "005930", 60.0), signal_of("", "000660", 90.0))

    assert run(["signals", "--json", *filters]) == 0
    assert tickers(capsys.readouterr().out) == left


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
    assert called.result(timeout=5) == 3
    assert [line.split()[2] for line in written.out.splitlines()] == ["005930", "293490"]


def test_the_demo_shows_its_signals_as_they_come_and_a_summary(system: Hands) -> None:
    said: list[str] = []
    settings = system.services.settings
    called: Future[None] = system.beside(
        lambda: scan_the_demo(settings, said.append, as_json=False)
    )
    request = system.start()

    assert (request.name, request.market) == ("demo", "all")
    for ticker in ("005930", "000660", "293490"):
        found = [signal_of(request.id, ticker)]
        system.keep(Outcome(scan_id=request.id, ticker=ticker, status=Status.OK, signals=found))
    called.result(timeout=5)

    begin, *lines, summary = said
    assert begin.startswith(f"Demo. Scan {request.id}: 3 tickers, about 9 requests")
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
    called.result(timeout=5)

    *signals, scan = map(json.loads, capsys.readouterr().out.splitlines())
    assert {signal["ticker"] for signal in signals} == {"005930", "000660", "293490"}
    assert (scan["scan"]["name"], scan["counts"]["scored"]) == ("demo", 3)


def test_a_demo_that_cannot_be_scanned_is_one_line(system: Hands) -> None:
    said: list[str] = []
    settings = system.services.settings
    called = system.beside(lambda: scan_the_demo(settings, said.append, as_json=False))
    system.services.keeper.fail_scan(system.take_request(), "HTTP 500")
    called.result(timeout=5)

    assert said == ["The demo scan ended: the scan could not be started: HTTP 500"]
