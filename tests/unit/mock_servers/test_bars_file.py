"""A market read from a file."""

import gzip
from datetime import date
from pathlib import Path

import pytest

from tests.mock_servers.exchange.bars_file import read_bars

HEAD = "ticker,name,market,date,open,high,low,close,volume"
TODAY = date(2025, 2, 28)
LINES = [
    "005930,삼성전자,KOSPI,2025-02-27,56500,57100,56000,56300,1000",
    "005930,삼성전자,KOSPI,2025-02-26,56900,57200,56500,56600,2000",
    "005930,삼성전자,KOSPI,2025-03-04,55000,55000,54000,54500,3000",
    "032860,더라미,KOSDAQ,2025-02-27,0,0,0,3640,0",
]


def written(folder: Path, *lines: str, head: str = HEAD) -> Path:
    path = folder / "bars.csv"
    path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return path


def test_exactly_the_bars_of_the_file_up_to_today_are_served_in_order(tmp_path: Path) -> None:
    samsung, halted = read_bars(written(tmp_path, *LINES), TODAY)

    assert samsung.bars.sessions == ["20250226", "20250227"]
    assert samsung.bars.close.tolist() == [56_600, 56_300]
    assert samsung.bars.value.tolist() == [2000 * 170_300 // 3, 1000 * 169_400 // 3]
    assert samsung.raw is samsung.bars
    assert (halted.listing.name, halted.listing.market) == ("더라미", "KOSDAQ")
    assert (halted.bars.volume[0], halted.bars.close[0]) == (0, 3640)


def test_a_compressed_file_with_values_is_read_as_well(tmp_path: Path) -> None:
    path = tmp_path / "bars.csv.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write(f"{HEAD},value\n{LINES[0]},123456789\n")

    (issue,) = read_bars(path, TODAY)

    assert issue.bars.value.tolist() == [123_456_789]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("5930,삼성전자,KOSPI,2025-02-27,1,1,1,1,1", "'5930' is not a ticker"),
        ("005930,삼성전자,NYSE,2025-02-27,1,1,1,1,1", "market 'NYSE'"),
        ("005930,삼성전자,KOSPI,27.02.2025,1,1,1,1,1", "date '27.02.2025'"),
        ("005930,삼성전자,KOSPI,2025-02-26,1,-1,1,1,1", "high '-1'"),
        ("005930,삼성전자,KOSPI,2025-02-26,1,1,1,many,1", "close 'many'"),
        ("005930,삼성전자,KOSPI,2025-02-26,1,1,1,1", "volume ''"),
        (LINES[0], "a second bar of 005930 on 2025-02-27"),
    ],
)
def test_a_broken_line_is_named_with_file_and_number(
    tmp_path: Path, line: str, complaint: str
) -> None:
    path = written(tmp_path, LINES[0], line)

    with pytest.raises(ValueError, match="line 3: ") as caught:
        read_bars(path, TODAY)
    assert complaint in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, head="ticker,name,date,open,high,low,close")

    with pytest.raises(ValueError, match="no column market, volume"):
        read_bars(path, TODAY)


def test_a_file_that_is_no_csv_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bars.csv.gz"
    path.write_text(HEAD, encoding="utf-8")

    with pytest.raises(ValueError, match="is no CSV file"):
        read_bars(path, TODAY)


def test_a_file_without_a_bar_up_to_today_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no bar on or before 2020-01-01"):
        read_bars(written(tmp_path, *LINES), date(2020, 1, 1))
