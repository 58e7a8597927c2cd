import re

import pytest

from app.cli.output import Column, Part, change, duration, fitted, remark, say, say_table, won

COLUMNS = (Column("Ticker"), Column("Name"), Column("Reason", wraps=True, least=20, drop=1))
ROWS = [["005930", "삼성전자", "a base of 40 sessions [1700] " * 3], ["000660", "SK하이닉스", ""]]


@pytest.fixture
def narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich takes it for a terminal
    monkeypatch.setenv("COLUMNS", "30")


def plain(written: str) -> str:
    """Return what a terminal shows of it: the text without its colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", written)


def test_a_table_in_a_pipe_is_neither_coloured_nor_cut_off(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "30")

    say_table(COLUMNS, ROWS)

    written = capsys.readouterr()
    assert ROWS[0][2].strip() in written.out
    assert "\x1b" not in written.out
    assert written.err == ""


@pytest.mark.usefixtures("narrow_terminal")
def test_a_table_too_wide_for_the_terminal_leaves_columns_out_and_names_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    say_table(COLUMNS, ROWS)

    written = capsys.readouterr()
    assert "SK하이닉스" in written.out
    assert "Reason" not in written.out
    assert "Not shown for want of width: reason" in " ".join(written.err.split())


@pytest.mark.usefixtures("narrow_terminal")
def test_a_column_that_stays_is_never_cut_off(capsys: pytest.CaptureFixture[str]) -> None:
    session, volume = "2025-02-28", "1,234,567,890"

    say_table(
        (Column("Session"), Column("Volume", right=True), Column("Value", right=True)),
        [[session, volume, volume]],
    )

    assert plain(capsys.readouterr().out).splitlines()[1].split() == [session, volume, volume]


@pytest.mark.usefixtures("narrow_terminal")
def test_what_is_said_in_a_terminal_is_broken_between_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    say("nothing that is said here ends amidst")
    remark("nothing that is said here ends amidst")

    written = capsys.readouterr()
    for told in (written.out, written.err):
        assert plain(told).split("\n") == ["nothing that is said here ends", "amidst", ""]


PARTS = (
    Part("12:30  ", drop=2),
    Part("005930"),
    Part("  삼성전자", drop=1),
)


def test_a_line_in_a_pipe_has_all_of_its_parts() -> None:
    assert fitted(PARTS, "a reason") == "12:30  005930  삼성전자  a reason"


@pytest.mark.usefixtures("narrow_terminal")
@pytest.mark.parametrize(
    ("columns", "line"),
    [
        ("47", "12:30  005930  삼성전자  a rather long reason"),
        ("42", "12:30  005930  삼성전자  a rather long re…"),
        ("23", "12:30  005930  삼성전자"),
        ("22", "005930  삼성전자"),
        ("15", "005930"),  # not the time, which is shorter, in the name's place
        ("10", "005930"),
        ("5", "005930"),
    ],
)
def test_a_line_leaves_out_what_a_terminal_has_no_room_for(
    columns: str, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)

    fits = plain(fitted(PARTS, "a rather long reason"))

    assert fits == line


def test_korean_names_count_two_cells_so_that_columns_line_up(
    capsys: pytest.CaptureFixture[str],
) -> None:
    say_table((Column("Name"), Column("Price", right=True)), [["삼성", "1"], ["abcd", "1"]])

    _, korean, latin = capsys.readouterr().out.splitlines()
    assert len(latin) - len(korean) == len("삼성")


def test_text_is_written_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    say("[1700] :smile: [bold]")

    assert capsys.readouterr().out == "[1700] :smile: [bold]\n"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (280, "4 min 40 s"),
        (3600, "1 h"),
        (4020, "1 h 7 min"),
        (-3, "0 s"),
    ],
)
def test_durations_read_as_people_say_them(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("share", "words", "style"),
    [
        (0.0415, "+4.15%", "bright_red"),
        (-0.0034, "-0.34%", "bright_blue"),
        (-0.00001, "0.00%", ""),
        (None, "–", ""),
    ],
)
def test_a_rise_is_red_and_a_fall_is_blue(share: float | None, words: str, style: str) -> None:
    shown = change(share)

    assert (shown.plain, shown.style) == (words, style)


def test_a_level_that_is_not_there_is_a_dash() -> None:
    assert (won(71200), won(None)) == ("71,200", "–")
