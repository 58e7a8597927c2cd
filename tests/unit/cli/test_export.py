"""Signals leave as CSV, JSON or Parquet; a file is whole or not there."""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from app.cli import run
from app.cli.columns import COLUMNS
from app.cli.export import Format, export
from app.database import DatabaseUnavailable
from app.domain import KOREA
from app.signals.tracked import Tracked
from tests.system import SCANNER
from tests.unit.cli.conftest import Hands, signal_of

HEAD = (
    "strategy,ticker,name,market,last_bar_date,pattern,state,grade,score,price,change,value,"
    "entry,target,stop,quantity,actionable,provisional,pattern_detected,life,life_reason,found_on,"
    "sessions,seen_on,entered_on,entered_price,left_on,left_price,gain,reason,components,missing,"
    "flags,status,as_of,bars_used,source,definition_version,scan_id,calls,waited_ms"
)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_csv_has_flat_columns_in_a_stable_order(
    system: Hands, capsys: pytest.CaptureFixture[str]
) -> None:
    system.find(signal_of("", "005930", components={"trend": 20.0}, flags=["A", "B"]))

    assert run(["signals", "--export", "csv"]) == 0

    written = capsys.readouterr().out
    (row,) = rows(written)
    assert written.splitlines()[0] == HEAD
    assert (row["ticker"], row["name"], row["price"]) == ("005930", "삼성전자", "71200.0")
    assert (row["last_bar_date"], row["entry"]) == ("2025-02-28", "72600")
    assert row["as_of"] == "2025-02-28T15:30:00+09:00"
    assert (row["quantity"], row["entered_on"], row["missing"]) == ("", "", "")
    assert (row["provisional"], row["life"]) == ("false", "new")
    assert (row["components"], row["flags"]) == ('{"trend": 20.0}', "A B")


def test_no_text_is_a_formula_to_a_spreadsheet(
    system: Hands, capsys: pytest.CaptureFixture[str]
) -> None:
    system.find(
        signal_of("", "005930", name="=HYPERLINK(1)", reason='+1, "two"\nlines', change=-0.01)
    )

    assert run(["signals", "--export", "csv"]) == 0

    (row,) = rows(capsys.readouterr().out)
    assert (row["name"], row["reason"]) == ("'=HYPERLINK(1)", '\'+1, "two"\nlines')
    assert row["change"] == "-0.01"


def test_an_export_has_all_signals_that_fit_unless_told_otherwise(
    system: Hands, capsys: pytest.CaptureFixture[str]
) -> None:
    found = [
        signal_of("", "005930", pattern=date(2025, 1, 1 + n % 31), strategy=f"s{n // 31}")
        for n in range(60)
    ]
    system.find(*found)

    assert run(["signals", "--export", "csv"]) == 0
    assert len(rows(capsys.readouterr().out)) == 60
    assert run(["signals", "--export", "json", "--limit", "2", "--ticker", "005930"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 2


def test_json_has_all_there_is_of_a_signal(
    system: Hands, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["signals", "--export", "json"]) == 0
    assert capsys.readouterr().out == "[]\n"
    system.find(signal_of("", "005930", facts={"pivot": 1.0}), signal_of("", "000660"))

    assert run(["signals", "--export", "json"]) == 0
    exported = json.loads(capsys.readouterr().out)
    assert run(["signals", "--json"]) == 0
    assert exported == json.loads(capsys.readouterr().out)["signals"]


def test_a_csv_file_opens_in_excel_with_its_korean_names(system: Hands) -> None:
    system.find(signal_of("", "005930"))

    assert run(["signals", "--export", "csv", "--output", "signals.csv"]) == 0

    written = Path("signals.csv").read_bytes()
    assert written.startswith(b"\xef\xbb\xbfstrategy,")
    assert rows(written.decode("utf-8-sig"))[0]["name"] == "삼성전자"


def test_parquet_has_typed_columns(system: Hands, capsys: pytest.CaptureFixture[str]) -> None:
    system.find(signal_of("", "005930", change=None), signal_of("", "000660", 50.0))

    assert run(["signals", "--export", "parquet", "--output", "signals.parquet"]) == 0

    assert "2 signals written to signals.parquet" in capsys.readouterr().err
    table = parquet.read_table("signals.parquet")
    assert table.column_names == list(COLUMNS)
    types = {field.name: field.type for field in table.schema}
    assert types["last_bar_date"] == pa.date32()
    assert (types["entry"], types["score"], types["provisional"]) == (
        pa.int64(),
        pa.float64(),
        pa.bool_(),
    )
    first = table.to_pylist()[0]
    assert (first["ticker"], first["change"], first["entered_on"]) == ("005930", None, None)
    assert (first["last_bar_date"], first["entry"]) == (date(2025, 2, 28), 72_600)
    assert first["as_of"] == datetime(2025, 2, 28, 15, 30, tzinfo=KOREA)


def test_an_empty_parquet_file_still_has_its_columns(system: Hands) -> None:
    assert run(["signals", "--export", "parquet", "--output", "signals.parquet"]) == 0

    assert parquet.read_table("signals.parquet").column_names == list(COLUMNS)


@pytest.mark.parametrize("form", Format)
def test_an_export_that_breaks_off_leaves_what_was_there(form: Format, tmp_path: Path) -> None:
    def breaking() -> Iterator[Tracked]:
        yield Tracked.first(signal_of("", "005930"))
        raise DatabaseUnavailable("gone")

    file = tmp_path / "signals"
    file.write_text("of yesterday")

    with pytest.raises(DatabaseUnavailable):
        export(breaking(), form, file)

    assert file.read_text() == "of yesterday"
    assert list(tmp_path.iterdir()) == [file]


def test_without_pyarrow_parquet_is_one_line_that_says_what_to_install(
    system: Hands, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.delitem(sys.modules, "app.cli.parquet", raising=False)

    assert run(["signals", "--export", "parquet", "--output", "signals.parquet"]) == 2

    said = "--export parquet needs pyarrow: pip install 'krx-scanner[parquet]'\n"
    assert capsys.readouterr().err.endswith(said)
    assert not Path("signals.parquet").exists()


def test_a_reader_that_has_seen_enough_ends_an_export_in_silence(system: Hands) -> None:
    system.find(*(signal_of("", "005930", strategy=f"s{n}", reason="x" * 9_000) for n in range(30)))

    with subprocess.Popen(
        [SCANNER, "signals", "--export", "csv"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_a_terminal_that_lacks_a_letter_gets_the_rest(
    system: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    system.find(signal_of("", "005930", reason="18.6% ➜ 7.0%"))
    monkeypatch.setenv("PYTHONIOENCODING", "euc-kr")

    done = subprocess.run([SCANNER, "signals"], capture_output=True, check=True)

    written = done.stdout.decode("euc-kr")
    assert "삼성전자" in written
    assert "18.6% ? 7.0%" in written
