"""What people see of a run."""

import subprocess
import sys

import pytest

from app.local.console import Console


def shown(names: list[str], name: str, line: str, *, colour: bool) -> list[str]:
    lines: list[str] = []
    Console(names, lines.append, colour=colour).show(name, line)
    return lines


def test_names_stand_in_a_column_before_the_lines() -> None:
    names = ["redis", "signals"]

    assert shown(names, "redis", "ready", colour=False) == ["redis   | ready"]
    assert shown(names, "signals", "ready", colour=False) == ["signals | ready"]


def test_on_a_terminal_each_name_has_a_colour_of_its_own() -> None:
    names = ["redis", "mock"]
    prefixes = {shown(names, name, "ready", colour=True)[0][:5] for name in names}

    assert len(prefixes) == 2


def test_blank_lines_are_left_out() -> None:
    assert shown(["redis"], "redis", "  ", colour=False) == []


@pytest.mark.parametrize(
    "line",
    [
        "worker: Hitting Ctrl+C again will terminate all running tasks!",
        "[2025-02-28 00:04:56,768: WARNING/MainProcess] Initiating Soft Shutdown, terminating in 2",
        "worker: Cold shutdown (MainProcess)",
    ],
)
def test_a_worker_that_is_told_to_stop_does_so_in_silence(line: str) -> None:
    assert shown(["scan1"], "scan1", line, colour=False) == []


def test_when_nobody_reads_any_more_the_run_is_told_to_stop() -> None:
    code = """
import signal, sys
from app.local.console import print_line
signal.signal(signal.SIGTERM, lambda *_: sys.exit("told to stop"))
while True:
    print_line("a line")
"""
    command = [sys.executable, "-c", code]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == "a line\n"

        process.stdout.close()

        assert process.stderr.read() == "told to stop\n"
