from pathlib import Path

import pytest

from app.domain import Match
from app.strategies.base import Inputs, Strategy
from app.strategies.parameters import BadParameters, read
from app.strategies.registry import STRATEGIES
from tests.unit.strategies.examples import bars_of, vcp_rows
from tests.unit.strategies.scenes import every_strategy


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "strategies.toml"


def fault(file: Path, text: str) -> str:
    """Return what is said about a file, without its path."""
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadParameters) as caught:
        read(file)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"{file}: ")
    return message.removeprefix(f"{file}: ")


def test_what_a_file_names_is_changed_and_the_rest_is_not(file: Path) -> None:
    file.write_text("[vcp]\ntrend = 7\nfirst_depth = [0.1, 0.35]\nstrength = 70\n")

    found = read(file)

    assert list(found) == list(STRATEGIES)
    assert found["vcp"].told_parameters() == STRATEGIES["vcp"].told_parameters() | {
        "trend": 7,
        "first_depth": [0.1, 0.35],
        "strength": 70.0,
    }
    assert found["closing_bet"] is STRATEGIES["closing_bet"]


def test_an_empty_file_changes_nothing(file: Path) -> None:
    file.write_text("# nothing yet\n[vcp]\n")

    assert read(file) == STRATEGIES


def test_changed_parameters_change_what_is_found(file: Path) -> None:
    file.write_text("[vcp]\ncontractions = [4, 6]\n")

    found: list[Match] = [
        strategy.match(Inputs(bars_of(vcp_rows())))
        for strategy in (STRATEGIES["vcp"], read(file)["vcp"])
    ]

    assert [match.signal for match in found] == [True, False]
    assert "contractions 3 (4–6)" in found[1].reason


def test_reading_changes_no_default(file: Path) -> None:
    before = STRATEGIES["vcp"].told_parameters()
    file.write_text("[vcp]\ntrend = 7\n")

    read(file)

    assert STRATEGIES["vcp"].told_parameters() == before


@every_strategy
def test_every_default_keeps_to_its_own_limits(file: Path, strategy: Strategy) -> None:
    told = strategy.told_parameters()
    lines = [f"{name} = {str(value).lower()}" for name, value in told.items() if value is not None]
    file.write_text(f"[{strategy.name}]\n" + "\n".join(lines))

    assert read(file)[strategy.name].parameters == strategy.parameters


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[vcp]\ntrend = "7"', "vcp.trend got '7', want a whole number, 0 to 7"),
        ("[vcp]\ntrend = true", "vcp.trend got True, want a whole number, 0 to 7"),
        ("[vcp]\ntrend = 7.0", "vcp.trend got 7.0, want a whole number, 0 to 7"),
        ("[vcp]\ntrend = 8", "vcp.trend got 8, want a whole number, 0 to 7"),
        ("[vcp]\nbase_age = 30", "vcp.base_age got 30, want 1 to 29 sessions"),
        ("[vcp]\ndry = nan", "vcp.dry got nan, want a number over 0"),
        ("[vcp]\ndry = inf", "vcp.dry got inf, want a number over 0"),
        ("[vcp]\nstrength = 101", "vcp.strength got 101, want a percentile, 0 to 100"),
        ("[vcp]\nrisk = 0", "vcp.risk got 0, want a share over 0, up to 1"),
        (
            "[vcp]\nfirst_depth = [0.3, 0.1]",
            "vcp.first_depth got [0.3, 0.1], want two shares over 0, up to 1, least first",
        ),
        (
            "[vcp]\ncontractions = [2, 3, 6]",
            "vcp.contractions got [2, 3, 6], want two whole numbers from 1 up, least first",
        ),
        (
            "[vcp]\ncontractions = 2",
            "vcp.contractions got 2, want two whole numbers from 1 up, least first",
        ),
        (
            "[closing_bet]\nstrict_grade = 1",
            "closing_bet.strict_grade got 1, want true or false",
        ),
        (
            "[closing_bet]\nvalue_steps = [3e9, 2e9, 1e9]",
            "closing_bet.value_steps got [3000000000.0, 2000000000.0, 1000000000.0], "
            "want three values in won, least first",
        ),
        (
            "[closing_bet]\nweights = [0.1, 0.1]",
            "closing_bet.weights got [0.1, 0.1], want three shares of the capital, of S, A and B",
        ),
        ("[smart_money]\nfull = 10", "smart_money.full got 10, want a share over 0, up to 1"),
        (
            "[volatility_breakout]\nstop_distance = [0.0, 0.07]",
            "volatility_breakout.stop_distance got [0.0, 0.07], "
            "want two shares from 0.001, under 1, least first",
        ),
    ],
)
def test_a_value_that_makes_no_sense_is_said(file: Path, text: str, said: str) -> None:
    assert fault(file, text) == said


def test_an_unknown_parameter_is_said_with_those_that_there_are(file: Path) -> None:
    assert fault(file, "[smart_money]\nfulll = 0.1") == (
        "smart_money.fulll is no parameter: full, neutral, strong, both_days, money_flow are"
    )


@pytest.mark.parametrize("text", ["[vpc]\ntrend = 7", "vpc = 7"])
def test_an_unknown_strategy_is_said_with_those_that_there_are(file: Path, text: str) -> None:
    assert fault(file, text) == (
        "vpc is no strategy: vcp, volatility_breakout, closing_bet, smart_money are"
    )


@pytest.mark.parametrize("text", ["vcp = 7", "[[vcp]]\ntrend = 7"])
def test_a_strategy_that_is_no_table_is_said(file: Path, text: str) -> None:
    assert fault(file, text).endswith(", want a table [vcp]")


def test_a_file_that_is_no_toml_is_said_with_its_line(file: Path) -> None:
    assert fault(file, "[vcp]\ntrend 7").startswith("is not TOML: ")
    assert "line 2" in fault(file, "[vcp]\ntrend 7")


def test_a_file_of_bytes_is_said(file: Path) -> None:
    file.write_bytes(b"[vcp]\n# \xff\n")

    with pytest.raises(BadParameters, match="is not UTF-8 text"):
        read(file)


def test_a_file_that_is_not_there_is_said(file: Path) -> None:
    with pytest.raises(BadParameters, match="cannot be read \\(No such file or directory\\)"):
        read(file)
