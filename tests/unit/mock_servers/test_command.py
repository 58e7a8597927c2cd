"""The command line of the mock, and how its process stops."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.conftest import PATIENCE_SECONDS, wait_until
from tests.mock_servers.kis.__main__ import main
from tests.mock_servers.kiwoom.__main__ import main as kiwoom_main
from tests.mock_servers.scenarios.reading import names
from tests.unit.mock_servers.conftest import MockServer

PROJECT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--rate", "fast"], "'fast' is not calls a second"),
        (["--rate", "0.0001"], "'0.0001' is not calls a second"),
        (["--rate", "-1"], "'-1' is not calls a second"),
        (["--jitter", "20"], "--jitter 20 is above --latency 0"),
        (["--latency", "-5"], "'-5' is not milliseconds"),
        (["--port", "70000"], "'70000' is not a port"),
        (["--today", "28.02.2025"], "'28.02.2025' is not a date like 2025-02-28"),
        (["--tickers", "3"], "'3' is not a whole number, 10 to 3000"),
        (["--window", "wide"], "invalid choice: 'wide'"),
        (["--env", "demo"], "invalid choice: 'demo'"),
        (["--app-key", "alone"], "KEY:SECRET"),
        (["--bars", "/no/such/file.csv"], "cannot read /no/such/file.csv: No such file"),
        (["--scenario", "crash"], "no scenario 'crash': there are closing-bet"),
        (["--scenario", "halt", "--bars", "x.csv"], "leave --bars away"),
        (["--scenario", "holiday", "--today", "2025-01-02"], "the scenario plays on 2025-10-06"),
        (["--scenario", "new-listing", "--tickers", "10"], "323410 is planted and not among"),
    ],
)
def test_a_value_that_will_not_do_ends_with_one_line_and_2(
    capsys: pytest.CaptureFixture[str], options: list[str], complaint: str
) -> None:
    for run in (main, kiwoom_main):
        with pytest.raises(SystemExit) as ended:
            run(options)

        said = capsys.readouterr().err
        assert ended.value.code == 2
        assert complaint in said
        assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--api-rate", "fast"], "'fast' is not calls a second"),
        (["--limit-status", "503"], "invalid choice: 503"),
        (["--env", "both"], "invalid choice: 'both'"),
    ],
)
def test_an_option_of_the_mock_kiwoom_alone_is_checked_too(
    capsys: pytest.CaptureFixture[str], options: list[str], complaint: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        kiwoom_main(options)

    said = capsys.readouterr().err
    assert (ended.value.code, complaint in said, said.count("\n")) == (2, True, 1)


def test_the_scenarios_are_listed_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        kiwoom_main(["--list-scenarios"])

    lines = capsys.readouterr().out.splitlines()
    assert ended.value.code == 0
    assert [line.split()[0] for line in lines] == names()


def test_a_broken_line_of_a_bars_file_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "bars.csv"
    path.write_text("ticker,name,market,date,open,high,low,close,volume\n5930,x,y,z,1,2,3,4,5\n")

    with pytest.raises(SystemExit) as ended:
        main(["--bars", str(path)])

    assert ended.value.code == 2
    assert f"{path}, line 2: '5930' is not a ticker" in capsys.readouterr().err


def test_a_port_that_is_taken_ends_with_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit) as ended:
            main(["--port", str(port), "--tickers", "10"])

    assert ended.value.code == 1
    assert f"cannot listen on 127.0.0.1:{port}" in capsys.readouterr().err


@contextmanager
def started(
    *options: str, broker: str = "kis"
) -> Iterator[tuple[subprocess.Popen[str], MockServer]]:
    """Run the mock in a process of its own, on a free port."""
    command = [sys.executable, "-m", f"tests.mock_servers.{broker}", "--port", "0", *options]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, cwd=PROJECT) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            yield process, MockServer(line.partition("listens on ")[2].partition(": ")[0])
        finally:
            process.kill()


def test_the_process_serves_what_it_was_told_to() -> None:
    with started("--rate", "2.5", "--today", "2025-03-01", "--tickers", "12") as (_, server):
        assert server.control("GET", "/health") == {
            "status": "ok",
            "tickers": 18,
            "today": "2025-03-01",
        }
        assert server.referee()["limit"] == {
            "calls": 5,
            "window_seconds": 2.0,
            "window": "sliding",
        }
        kinds = [plant["kind"] for plant in server.control("GET", "/_planted")]
        assert kinds.count("vcp_setup") == 2


@pytest.mark.parametrize(("environment", "calls"), [("paper", 1), ("live", 5)])
def test_the_mock_kiwoom_limits_an_api_id_by_the_kind_of_account(
    environment: str, calls: int
) -> None:
    with started("--env", environment, "--tickers", "10", broker="kiwoom") as (_, server):
        report = server.referee()

    assert (report["limit"]["calls"], report["call_limit"]["calls"]) == (2, calls)


def test_both_brokers_serve_a_scenario_on_its_own_day() -> None:
    for broker in ("kis", "kiwoom"):
        with started("--scenario", "holiday", broker=broker) as (_, server):
            assert server.control("GET", "/health")["today"] == "2025-10-06"
            planted = server.control("GET", "/_planted")

        assert [plant["kind"] for plant in planted] == ["vcp_setup", "volatility_breakout"]


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_at_once_even_while_a_call_hangs(stop: signal.Signals) -> None:
    with started("--rate", "0") as (process, server):
        server.add_fault("timeout", seconds=60)
        address = urlsplit(server.url)
        with socket.create_connection((address.hostname, address.port)) as hanging:
            hanging.sendall(b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
            wait_until(lambda: server.referee()["total"] == 1)
            process.send_signal(stop)
            _, complaints = process.communicate(timeout=PATIENCE_SECONDS)

    assert complaints == ""
