"""Reads a market from a CSV file of daily bars."""

import csv
import gzip
import re
import zlib
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np

from tests.mock_servers.exchange.bars import Bars, compact
from tests.mock_servers.exchange.issue import Issue
from tests.mock_servers.exchange.listings import listing

COLUMNS = ["ticker", "name", "market", "date", "open", "high", "low", "close", "volume"]
MARKETS = ("KOSPI", "KOSDAQ", "KONEX")
_TICKER = re.compile(r"[0-9A-Z]{6,7}")
_Row = tuple[int, int, int, int, int, int]


def read_bars(path: Path, today: date) -> list[Issue]:
    """Return the tickers of ``path`` that have a bar on or before ``today``, with those bars.

    Without a column ``value`` it is the volume at the bar's middle price.

    Raises:
        OSError: the file cannot be read.
        ValueError: a line is broken; the message names file and line.
    """
    rows: dict[str, dict[str, _Row]] = defaultdict(dict)
    names: dict[str, tuple[str, str]] = {}
    for number, line in _lines(path):
        try:
            ticker, name, market, session, row = _parsed(line)
        except ValueError as error:
            raise ValueError(f"{path}, line {number}: {error}") from error
        if session in rows[ticker]:
            raise ValueError(f"{path}, line {number}: a second bar of {ticker} on {line['date']}")
        names[ticker] = name, market
        if session <= compact(today):
            rows[ticker][session] = row
    rows = {ticker: bars for ticker, bars in rows.items() if bars}
    if not rows:
        raise ValueError(f"{path}: no bar on or before {today}")
    return [_issue(ticker, *names[ticker], rows[ticker]) for ticker in sorted(rows)]


def _lines(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each line with its number; the first line names the columns."""
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restval="")
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or [])]
            if missing:
                raise ValueError(f"{path}, line 1: no column {', '.join(missing)}")
            for line in reader:
                yield reader.line_num, line
    except (UnicodeDecodeError, csv.Error, gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise ValueError(f"{path} is no CSV file in UTF-8: {error}") from error


def _parsed(line: dict[str, str]) -> tuple[str, str, str, str, _Row]:
    ticker, market = line["ticker"], line["market"]
    if not _TICKER.fullmatch(ticker):
        raise ValueError(f"{ticker!r} is not a ticker: six digits or capital letters")
    if market not in MARKETS:
        raise ValueError(f"market {market!r} is none of {', '.join(MARKETS)}")
    try:
        session = compact(date.fromisoformat(line["date"]))
    except ValueError:
        raise ValueError(f"date {line['date']!r} is not like 2025-02-28") from None
    opened, high, low, close, volume = (_whole(line, name) for name in COLUMNS[4:])
    value = _whole(line, "value") if line.get("value") else volume * (high + low + close) // 3
    return ticker, line["name"], market, session, (opened, high, low, close, volume, value)


def _whole(line: dict[str, str], column: str) -> int:
    """Return the number in ``column``: won or shares, so a whole one, and not below 0."""
    text = line[column]
    number = float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else -1.0
    if number < 0:
        raise ValueError(f"{column} {text!r} is not a number, 0 or more")
    return round(number)


def _issue(ticker: str, name: str, market: str, rows: dict[str, _Row]) -> Issue:
    sessions = sorted(rows)
    columns = np.array([rows[session] for session in sessions], dtype=np.int64).T
    bars = Bars(sessions, *columns)
    listed = listing(ticker, name, market, price=int(bars.close[-1]))
    return Issue(listed, bars, bars)
