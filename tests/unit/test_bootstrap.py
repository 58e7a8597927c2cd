"""What every process reads at its start."""

from pathlib import Path

import pytest

from app.bootstrap import connect
from app.cli import run
from app.settings import SettingsError, load_settings
from app.strategies.registry import STRATEGIES
from workers.services import check_settings


@pytest.fixture
def strategy_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where the file of the environment is; the folder of the test is the process's."""
    file = tmp_path / "strategies.toml"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STRATEGY_FILE", str(file))
    return file


def test_a_strategy_has_the_parameters_of_the_strategy_file(strategy_file: Path) -> None:
    strategy_file.write_text("[vcp]\ntrend = 7\n", encoding="utf-8")

    with connect() as services:
        assert services.strategies["vcp"].parameters.trend == 7
        assert services.strategies["closing_bet"] == STRATEGIES["closing_bet"]
        assert set(services.strategies) == set(STRATEGIES)


def test_a_strategy_file_that_cannot_be_used_is_one_line_before_anything_starts(
    strategy_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    strategy_file.write_text("[vcp]\ntrend = 'seven'\n", encoding="utf-8")
    words = f"STRATEGY_FILE: {strategy_file}: vcp.trend got 'seven', want"

    with pytest.raises(SettingsError, match=r"vcp\.trend got 'seven', want"):
        connect(load_settings())
    with pytest.raises(SystemExit, match=r"worker: STRATEGY_FILE: .*vcp\.trend got 'seven'"):
        check_settings()
    for command in (["status"], ["up", "--no-beat"]):
        assert run(command) == 2
        said = capsys.readouterr().err
        assert words in said
        assert said.count("\n") == 1
