import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from app.cli import run

COMMANDS = (
    *("up", "scan", "signals", "status", "quota", "bars", "explain", "replay", "strategies"),
    "doctor",
)
SCANNER = Path(sys.executable).with_name("scanner")
HEAVY = ("celery", "sqlalchemy", "numpy", "pydantic", "requests")


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0

    shown = capsys.readouterr().out
    assert all(f" {command} " in shown for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example_and_a_json_answer(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([command, "--help"]) == 0

    shown = capsys.readouterr().out
    assert "Example" in shown
    assert f"scanner {command}" in shown.partition("Example")[2]
    assert "--json" in shown


def test_no_command_shows_the_help_and_is_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 2

    assert "Usage: scanner" in capsys.readouterr().out


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0

    assert capsys.readouterr().out == f"krx-scanner {version('krx-scanner')}\n"


def test_an_unknown_command_is_one_line_that_knows_better(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["scna"]) == 2

    written = capsys.readouterr().err
    assert written == "scanner: No such command 'scna'. Did you mean 'scan'?\n"


def test_a_command_like_no_other_leads_to_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["xyz"]) == 2
    assert capsys.readouterr().err == ("scanner: No such command 'xyz'. See scanner --help.\n")


def test_help_imports_nothing_that_takes_long() -> None:
    program = f"import sys, app.cli; print([n for n in {HEAVY!r} if n in sys.modules])"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert done.stdout == b"[]\n"


def test_a_bad_setting_is_one_line_and_bad_usage(
    empty_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RATE_LIMIT_RPS", "0")

    assert run(["scan", "005930"]) == 2
    assert capsys.readouterr().err == (
        "scanner: RATE_LIMIT_RPS: got '0', want calls a second, above 0 to 100, like 2 or 0.5\n"
    )


@pytest.mark.parametrize(
    ("settings", "code", "said"),
    [
        (
            {"REDIS_URL": "redis://:a-password@127.0.0.1:1/0"},
            3,
            "scanner: Redis does not answer at redis://127.0.0.1:1/0 ",
        ),
        (
            {"DATABASE_URL": "sqlite:///broken.csv"},
            3,
            "scanner: sqlite:///broken.csv: the database cannot be used: file is not a database; "
            "is the file whole",
        ),
        (
            {"UNIVERSE_CSV": "broken.csv"},
            2,
            "scanner: broken.csv, line 3: '12345' is not a ticker",
        ),
    ],
)
def test_a_setting_that_leads_nowhere_is_one_line_and_its_exit_code(
    tmp_path: Path, redis_url: str, settings: dict[str, str], code: int, said: str
) -> None:
    lines = "ticker,name,market\n005930,a,KOSPI\n12345,b,KOSPI\n"
    (tmp_path / "broken.csv").write_text(lines, encoding="utf-8")
    environment = {"PATH": os.environ["PATH"], "REDIS_URL": redis_url, **settings}

    done = subprocess.run(
        [SCANNER, "scan", "005930"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == code
    assert done.stdout == ""
    assert done.stderr.startswith(said)
    assert done.stderr.count("\n") == 1
    assert "a-password" not in done.stderr
