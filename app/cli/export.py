"""Signals as a file for other programs: CSV, JSON or Parquet."""

import csv
import io
import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import IO, BinaryIO

from app.cli.columns import COLUMNS, row_of
from app.cli.failure import BadUsage
from app.cli.files import new_binary_file, new_file
from app.cli.report import signal_object
from app.domain import KOREA
from app.signals.tracked import Tracked

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would calculate


class Format(StrEnum):
    """What ``--export`` takes."""

    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


def read_format(text: str) -> Format:
    """Return the format of that name."""
    if text.lower() not in {*Format}:
        raise BadUsage(f"--export: no {text!r}: there is {', '.join(Format)}")
    return Format(text.lower())


def export(found: Iterable[Tracked], form: Format, output: Path | None) -> int:
    """Write the signals to a file, or to standard output; return how many.

    Raises:
        BadUsage: they cannot be written there; the message says what can be done.
    """
    counted = _Counted(found)
    if form is Format.PARQUET:
        if output is None:
            raise BadUsage("--export parquet needs a file: --output signals.parquet")
        with new_binary_file("--output", output) as file:
            _write_parquet(counted, file)
        return counted.number
    write = _write_csv if form is Format.CSV else _write_json
    spreadsheet = form is Format.CSV
    with new_file("--output", output, spreadsheet=spreadsheet) if output else _stdout() as text:
        write(counted, text)
    return counted.number


class _Counted:
    """The signals, and how many there were."""

    def __init__(self, found: Iterable[Tracked]) -> None:
        self._found = found
        self.number = 0

    def __iter__(self) -> Iterator[Tracked]:
        for each in self._found:
            self.number += 1
            yield each


def _write_csv(found: Iterable[Tracked], text: IO[str]) -> None:
    """Write a line a signal, under a line of names."""
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(COLUMNS)
    for each in found:
        lines.writerow([cell(value) for value in row_of(each).values()])


def _write_json(found: Iterable[Tracked], text: IO[str]) -> None:
    """Write an array with all there is of each signal, a line each."""
    separator = "[\n"
    for each in found:
        told = signal_object(each.signal, each.standing)
        text.write(separator + json.dumps(told, ensure_ascii=False))
        separator = ",\n"
    text.write("[]\n" if separator == "[\n" else "\n]\n")


def _write_parquet(found: Iterable[Tracked], file: BinaryIO) -> None:
    """Write typed columns, with a library that not everyone has installed."""
    try:
        from app.cli.parquet import write  # noqa: PLC0415 - it needs pyarrow, which is an extra
    except ModuleNotFoundError as error:
        advice = "pip install 'krx-scanner[parquet]'"
        raise BadUsage(f"--export parquet needs {error.name}: {advice}") from error
    write(map(row_of, found), file)


def cell(value: object) -> object:
    """Return a value as CSV shows it; a text that a spreadsheet would calculate gets a quote."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.astimezone(KOREA).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value


@contextmanager
def _stdout() -> Iterator[IO[str]]:
    """Hand out standard output in UTF-8; a reader that has seen enough, like head, may end it."""
    text = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="")
    try:
        yield text
        text.detach().flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
