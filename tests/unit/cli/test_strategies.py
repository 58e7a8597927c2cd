import json
from pathlib import Path
from typing import Any

import pytest

from app.cli import run
from app.strategies.registry import STRATEGIES

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def file(empty_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STRATEGY_FILE", "strategies.toml")
    return empty_folder / "strategies.toml"


def told(capsys: Capture) -> dict[str, dict[str, Any]]:
    assert run(["strategies", "--json"]) == 0
    return {each["name"]: each for each in json.loads(capsys.readouterr().out)["strategies"]}


def test_strategies_say_what_they_look_for(empty_folder: Path, capsys: Capture) -> None:
    found = told(capsys)

    assert found.keys() == STRATEGIES.keys()
    assert all(len(each["looks_for"]) > 20 for each in found.values())
    assert sum(found["vcp"]["points"].values()) == 100
    assert sum(found["closing_bet"]["points"].values()) == 12
    assert found["smart_money"]["flows"] == "required"


def test_strategies_tell_their_parameters(empty_folder: Path, capsys: Capture) -> None:
    found = told(capsys)

    for name, strategy in STRATEGIES.items():
        assert found[name]["parameters"] == strategy.told_parameters()
    assert found["vcp"]["parameters"]["first_depth"] == [0.08, 0.40]


def test_parameters_are_those_of_the_strategy_file(file: Path, capsys: Capture) -> None:
    file.write_text("[vcp]\ntrend = 7\n")

    assert told(capsys)["vcp"]["parameters"]["trend"] == 7


def test_the_table_names_what_was_changed_and_nothing_else(file: Path, capsys: Capture) -> None:
    file.write_text("[vcp]\ntrend = 7\ndry = 0.8\nfirst_depth = [0.1, 0.4]\n")

    assert run(["strategies"]) == 0

    lines = [line for line in capsys.readouterr().out.splitlines() if ".toml" in line]
    assert lines == [
        "strategies.toml: vcp.trend = 7 (default 6)",
        "strategies.toml: vcp.first_depth = [0.1, 0.4] (default [0.08, 0.4])",
    ]


def test_a_broken_strategy_file_is_bad_usage_in_one_line(file: Path, capsys: Capture) -> None:
    file.write_text("[vcp]\ntrend = 8\n")

    assert run(["strategies"]) == 2

    assert capsys.readouterr().err.splitlines() == [
        "scanner: STRATEGY_FILE: strategies.toml: vcp.trend got 8, want a whole number, 0 to 7"
    ]
